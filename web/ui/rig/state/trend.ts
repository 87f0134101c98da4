/** The truth over the last ten minutes of the rack: what the rig kept, and every picture since. */
import { signal } from '@preact/signals';
import { get } from '../../src/state/ask';
import type { Picture } from '../model/picture';
import { onPicture } from './live';

/** How far back, s of the rack's time. */
export const SPAN_S = 600;
/** Least time between two samples, s of the rack's time. */
const EVERY_S = 1;

export interface Past {
  times: number[];
  values: Record<string, number[]>;
}

export const past = signal<Past>({ times: [], values: {} });

function take(now: Picture, names: readonly string[]): void {
  const { times, values } = past.peek();
  const last = times[times.length - 1];
  if (last !== undefined && now.now_s < last + EVERY_S) return;
  // A rack that was started anew has another past.
  const keep = last !== undefined && now.now_s < last ? times.length : times.findIndex((at) => at > now.now_s - SPAN_S);
  const from = keep < 0 ? times.length : keep;
  past.value = {
    times: [...times.slice(from), now.now_s],
    values: Object.fromEntries(names.map((name) => [name, [...(values[name] ?? []).slice(from), now.truth[name] ?? NaN]])),
  };
}

/** Gathers while the lanes are looked at; the answer ends it. */
export function watch(names: readonly string[]): () => void {
  let over = false;
  past.value = { times: [], values: {} };
  void get<{ times_s: number[]; values: Record<string, (number | null)[]> }>(`/api/v1/trend?names=${names.join(',')}`).then((answer) => {
    if (over || !answer) return;
    const first = past.peek();
    const until = first.times[0] ?? Infinity;
    const count = answer.times_s.filter((at) => at < until).length;
    past.value = {
      times: [...answer.times_s.slice(0, count), ...first.times],
      values: Object.fromEntries(names.map((name) => [name, [...(answer.values[name] ?? []).slice(0, count).map((value) => value ?? NaN), ...(first.values[name] ?? [])]])),
    };
  });
  const stop = onPicture((now) => take(now, names));
  return () => {
    over = true;
    stop();
  };
}

