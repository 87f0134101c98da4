/** What the lanes show: a range that ends now, asked again as it moves on, with the seconds since then from the live pictures. */
import { effect, signal } from '@preact/signals';
import type { HistoryAnswer } from '../model/picture';
import { LANE_POINTS } from '../trends/lanes';
import type { Live } from '../trends/columns';
import { get } from './ask';
import { onPicture, picture } from './live';

export interface Range {
  key: string;
  title: string;
  seconds: number;
  /** Time ahead that is shown beside it: where minutes can be told apart. */
  aheadS: number;
}

export const RANGES: readonly Range[] = [
  { key: '10min', title: '10 min', seconds: 600, aheadS: 300 },
  { key: '40min', title: '40 min', seconds: 2400, aheadS: 600 },
  { key: '6h', title: '6 h', seconds: 6 * 3600, aheadS: 0 },
  { key: '24h', title: '24 h', seconds: 24 * 3600, aheadS: 0 },
  { key: '7d', title: '7 days', seconds: 7 * 86400, aheadS: 0 },
  { key: '1y', title: '1 year', seconds: 365 * 86400, aheadS: 0 },
];

/** Buckets of a range: about one for two pixels of a laptop. */
const COUNT = 600;
/** The live end holds at most this many seconds. */
const LIVE_MAX = 900;
const AGAIN_MIN_MS = 10_000;
const AGAIN_MAX_MS = 60_000;

export const range = signal<Range>(RANGES[1] as Range);
export const history = signal<HistoryAnswer | null>(null);
export const failed = signal(false);
export const liveEnd = signal<readonly Live[]>([]);

function takeLive(): () => void {
  return onPicture((now) => {
    const list = liveEnd.peek();
    const last = list[list.length - 1];
    if (last && now.time - last.time < 0.95) return;
    const values = Object.fromEntries(LANE_POINTS.map((name) => [name, now.points[name]?.value ?? null]));
    // A clock set back starts the live end anew.
    const kept = last && now.time < last.time ? [] : list.slice(-LIVE_MAX + 1);
    liveEnd.value = [...kept, { time: now.time, values }];
  });
}

/** Asks while the lanes are looked at; the answer ends it. */
export function watch(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let generation = 0;
  const ask = async (mine: number): Promise<void> => {
    const { seconds } = range.peek();
    const to = picture.peek()?.time ?? Date.now() / 1000;
    const path = `/api/v1/history?points=${LANE_POINTS.join(',')}&from=${(to - seconds).toFixed(0)}&to=${to.toFixed(0)}&count=${COUNT}`;
    const answer = await get<HistoryAnswer>(path);
    if (mine !== generation) return;
    failed.value = answer === null;
    history.value = answer;
    const again = Math.min(AGAIN_MAX_MS, Math.max(AGAIN_MIN_MS, ((answer?.step_s ?? 10) * 1000)));
    timer = setTimeout(() => void ask(mine), again);
  };
  const stopRange = effect(() => {
    range.value; // asked anew when it changes
    generation += 1;
    if (timer) clearTimeout(timer);
    history.value = null;
    void ask(generation);
  });
  const stopLive = takeLive();
  return () => {
    stopRange();
    stopLive();
    generation += 1;
    if (timer) clearTimeout(timer);
  };
}
