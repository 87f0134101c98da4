/** The last hour of the points that the overview shows: asked every half minute, with the newest value at its end. */
import { computed, signal } from '@preact/signals';
import type { HistoryAnswer, Series } from '../model/picture';
import { ROW_POINTS } from '../model/rows';
import { get } from './ask';
import { picture } from './live';

const AGAIN_MS = 30_000;
const COUNT = 120;

const answer = signal<HistoryAnswer | null>(null);

/** Series of the last hour by point; empty while there is no history. */
export const hour = computed<ReadonlyMap<string, Series>>(() => {
  const history = answer.value;
  const now = picture.value;
  if (!history) return new Map();
  return new Map(
    Object.entries(history.points).map(([name, series]) => {
      const value = now?.points[name]?.value ?? null;
      // The last bucket is not whole yet: it takes the newest value in.
      const end = (list: (number | null)[], pick: (a: number, b: number) => number) => {
        const last = list[list.length - 1] ?? null;
        return [...list.slice(0, -1), value === null ? last : last === null ? value : pick(last, value)];
      };
      return [name, { unit: series.unit, min: end(series.min, Math.min), max: end(series.max, Math.max) }];
    }),
  );
});

async function ask(): Promise<void> {
  const next = await get<HistoryAnswer>(`/api/v1/history?points=${ROW_POINTS.join(',')}&count=${COUNT}`);
  // An hour that cannot be had is not shown as the last one.
  answer.value = next;
  setTimeout(() => void ask(), AGAIN_MS);
}

export function start(): void {
  void ask();
}
