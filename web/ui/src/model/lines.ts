/** From buckets of least and greatest to lines in a box. Pure, so that what is drawn can be tested. */
import type { Series } from './picture';

/** One bucket of several series taken together: the highest of them. */
export function highest(series: readonly Series[]): Series {
  const length = Math.max(0, ...series.map((one) => one.max.length));
  const merge = (pick: (one: Series) => (number | null)[]) =>
    Array.from({ length }, (_, k) => {
      const values = series.map((one) => pick(one)[k]).filter((value): value is number => value !== null && value !== undefined);
      return values.length > 0 ? Math.max(...values) : null;
    });
  return { unit: series[0]?.unit ?? '', min: merge((one) => one.min), max: merge((one) => one.max) };
}

/** Least and greatest of a series; nothing when it is empty. */
export function extent(series: Series): [number, number] | null {
  const values = [...series.min, ...series.max].filter((value): value is number => value !== null);
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : null;
}

/** A scale of its own, never narrower than `least`, so that noise does not look like trouble. */
export function calmScale(series: Series, least: number): [number, number] | null {
  const span = extent(series);
  if (!span) return null;
  const [low, high] = span;
  const spare = Math.max(0, least - (high - low)) / 2;
  return [low - spare, high + spare];
}

const round = (value: number) => Math.round(value * 10) / 10;

/**
 * A line through the buckets as an SVG path. Where a bucket's values differ by more than noise it is drawn from least
 * to greatest, so that a peak is not lost; else through the middle, so that calm looks calm. Gaps stay gaps.
 */
export function linePath(series: Series, [low, high]: [number, number], width: number, height: number, noise = 0): string {
  const count = series.max.length;
  const x = (k: number) => round(count > 1 ? (k / (count - 1)) * width : 0);
  const y = (value: number) => round(height - ((value - low) / (high - low || 1)) * height);
  let path = '';
  let pen = false;
  for (let k = 0; k < count; k += 1) {
    const [min, max] = [series.min[k], series.max[k]];
    if (min === null || max === null || min === undefined || max === undefined) {
      pen = false;
      continue;
    }
    const calm = max - min <= 3 * noise;
    const top = y(calm ? (min + max) / 2 : max);
    path += pen ? `L${x(k)} ${top}` : `M${x(k)} ${top}`;
    if (!calm) path += `V${y(min)}`;
    pen = true;
  }
  return path;
}
