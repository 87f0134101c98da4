/** From history and the live end to what a lane draws: times, greatest, least. */
import { highest } from '../model/lines';
import type { Knot } from '../model/foresight';
import type { HistoryAnswer } from '../model/picture';

/** One second of the live end: the newest values by point. */
export interface Live {
  time: number;
  values: Record<string, number | null>;
}

export type Columns = [times: number[], max: (number | null)[], min: (number | null)[]];

export function columnsOf(history: HistoryAnswer | null, live: readonly Live[], points: readonly string[], factor: number): Columns {
  const scaled = (value: number | null) => (value === null ? null : value * factor);
  const columns: Columns = [[], [], []];
  if (history) {
    const series = points.map((name) => history.points[name]).filter((one) => one !== undefined);
    const line = highest(series);
    line.max.forEach((max, k) => {
      columns[0].push(history.from + (k + 0.5) * history.step_s);
      columns[1].push(scaled(max));
      columns[2].push(scaled(line.min[k] ?? null));
    });
  }
  // The last bucket is not over yet when it is asked for: the live end takes its place where both have a value.
  const end = columns[0][columns[0].length - 1] ?? -Infinity;
  for (const { time, values } of live) {
    if (time <= end) continue;
    const known = points.map((name) => values[name] ?? null).filter((value): value is number => value !== null);
    const value = known.length > 0 ? Math.max(...known) * factor : null;
    columns[0].push(time);
    columns[1].push(value);
    columns[2].push(value);
  }
  return columns;
}

/** The scale: the lane's least range, widened where the data or what is expected go beyond, never narrower. */
export function scaleOf(columns: Columns, [low, high]: [number, number], knots: readonly Knot[] = []): [number, number] {
  let [least, most] = [low, high];
  for (const value of columns[1]) if (value !== null && value > most) most = value;
  for (const value of columns[2]) if (value !== null && value < least) least = value;
  for (const { expected } of knots) [least, most] = [Math.min(least, expected), Math.max(most, expected)];
  return [least, most];
}
