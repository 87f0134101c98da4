/**
 * A list that does not move under a finger. While it is touched its order stands: new entries wait and are counted,
 * entries that are gone keep their place.
 */
export interface Held<T> {
  shown: T[];
  waiting: number;
}

/** `before` is what is shown now, `wanted` what should be; `key` tells entries apart. */
export function hold<T>(before: readonly T[], wanted: readonly T[], touched: boolean, key: (entry: T) => string): Held<T> {
  if (!touched || before.length === 0) return { shown: [...wanted], waiting: 0 };
  const now = new Map(wanted.map((entry) => [key(entry), entry]));
  const shown = before.map((entry) => now.get(key(entry)) ?? entry);
  const known = new Set(before.map(key));
  return { shown, waiting: wanted.filter((entry) => !known.has(key(entry))).length };
}
