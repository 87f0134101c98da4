/** What is to come, as the controller tells it: the exhaust's forecast with its bounds, and the time to a limit in words. */
import { NBSP, timeWords } from './format';
import type { Picture } from './picture';
import { numberOf, read, type Reading } from './reading';

/** The forecast at a time ahead of the picture, °C. */
export interface Knot {
  aheadS: number;
  low: number;
  expected: number;
  high: number;
}

const KNOTS: readonly [string, number][] = [['30s', 30], ['1min', 60], ['2min', 120], ['5min', 300], ['10min', 600]];

/** The forecast of a point, from what is measured now on; nothing where the controller tells none or one of its parts is missing. */
export function forecastOf(picture: Picture, silenceS: number): Knot[] {
  const at = (name: string) => numberOf(read(picture, name, silenceS));
  const now = at('rack.exhaust.temperature');
  if (now === null) return [];
  const knots: Knot[] = [{ aheadS: 0, low: now, expected: now, high: now }];
  for (const [key, aheadS] of KNOTS) {
    const name = `rack.exhaust.forecast.${key}`;
    const [low, expected, high] = [at(`${name}.low`), at(name), at(`${name}.high`)];
    if (low === null || expected === null || high === null) return [];
    knots.push({ aheadS, low, expected, high });
  }
  return knots;
}

/** The forecast up to a time ahead: what lies behind is cut off where it would be. */
export function cut(knots: readonly Knot[], untilS: number): Knot[] {
  const kept = knots.filter((knot) => knot.aheadS <= untilS);
  const [last, next] = [kept[kept.length - 1], knots[kept.length]];
  if (!last || !next || last.aheadS === untilS) return kept;
  const share = (untilS - last.aheadS) / (next.aheadS - last.aheadS);
  const mix = (from: number, to: number) => from + share * (to - from);
  return [...kept, { aheadS: untilS, low: mix(last.low, next.low), expected: mix(last.expected, next.expected), high: mix(last.high, next.high) }];
}

/** The word that the controller has for a time that nobody can see. */
const NOT_IN_SIGHT = 'not in sight';

const isFar = (reading: Reading) => reading.kind === 'none' && reading.reason === NOT_IN_SIGHT;

/** Time to a limit in words; null where nothing is told, and its reading says why. */
export function limitWords(picture: Picture, limit: 'warn' | 'shutdown' | 'damage', silenceS: number): string | null {
  const [low, high] = [read(picture, `time_to.${limit}.low`, silenceS), read(picture, `time_to.${limit}.high`, silenceS)];
  if (isFar(low)) return 'Not in sight';
  if (low.kind !== 'value') return null;
  if (low.value <= 0) return 'Reached';
  if (high.kind === 'value') return `${timeWords(low.value)} to ${timeWords(high.value)}`;
  return isFar(high) ? `${timeWords(low.value)} or later` : `${timeWords(low.value)}${NBSP}at the earliest`;
}
