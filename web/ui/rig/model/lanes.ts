/** Lanes of the truth: what is shown first, and on which scale. */
import { quantityOf, upperFirst } from '../../src/model/format';
import type { Frame } from '../../src/trends/lanes';
import type { Tables } from './picture';

/** What is shown first. */
export const LANES = ['exhaust', 'board', 'ceiling', 'speed', 'draft', 'power', 'fire'] as const;
/** Most lanes at once: as many as the rig answers for in one request. */
export const LANES_MAX = 16;

/** Least range by the truth's unit, in the page's unit: calm looks calm. */
const RANGES: Record<string, [number, number]> = { '°C': [20, 60], Pa: [-20, 20], rpm: [0, 2800], W: [0, 8], 'm³/s': [0, 1000], '%': [0, 100] };
const OWN: Record<string, [number, number]> = { draft: [-30, 0], suction: [-30, 0], fire: [0, 1], board: [20, 90], 'blower-power': [0, 0.5] };

export function laneOf(tables: Tables, name: string): { frame: Frame; factor: number } {
  const row = tables.truths.find((one) => one.name === name);
  const { unit, factor, decimals } = quantityOf(row?.unit ?? '');
  const title = upperFirst(name.replace(/-/g, ' '));
  return { frame: { key: name, title, range: OWN[name] ?? RANGES[row?.unit ?? ''] ?? [0, 1], band: null, marks: [], decimals, unit }, factor };
}
