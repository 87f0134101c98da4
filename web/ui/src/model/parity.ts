/** Residuals: equations that two ways of knowing the same thing must meet, and what is isolated where they do not. */
import { figure } from './format';
import type { Picture } from './picture';
import { isFitted, numberOf, read, type Reading } from './reading';

/** Scale of a bar, deviations to either side, and what a healthy rack may keep for ever. */
export const SCALE = 8;
export const KEEPS = 2.5;

/** Of each residual: its member among the points, its name, and what is compared. */
const EQUATIONS = [
  ['heat', 'Heat balance', 'power and walls against air'],
  ['pressure', 'Pressures', 'draft, both filters, suction against each other'],
  ['speed', 'Speed', 'tachometer against drive'],
  ['power', 'Blower power', 'power against speed'],
  ['exhaust', 'Exhaust', 'three probes against each other'],
  ['flow', 'Flow', 'by the filters’ pressure against by the speed'],
  ['inlet', 'Inlets', 'against the room'],
] as const;

export interface Residual {
  /** r1 to r7. */
  code: string;
  member: string;
  name: string;
  compares: string;
  reading: Reading;
  /** Its sum has reached the threshold: it departs for good. */
  departs: boolean;
  /** The sum over the threshold, if it may be shown. */
  sum: number | null;
}

export const residualsOf = (now: Picture, silenceS = 0): Residual[] =>
  EQUATIONS.map(([member, name, compares], place) => {
    const reading = read(now, `parity.${member}.residual`, silenceS);
    const sum = numberOf(read(now, `parity.${member}.sum`, silenceS));
    return { code: `r${place + 1}`, member, name, compares, reading, departs: sum !== null && Math.abs(sum) >= 1, sum };
  });

/** Place of a residual on its bar, percent; what is farther off stands at the end. */
export const placeOf = (value: number): number => 50 + (50 * Math.max(-SCALE, Math.min(SCALE, value))) / SCALE;

const signed = (value: number) => `${value < 0 ? '−' : '+'}${figure(Math.abs(value), 1)}`;

/** What a row says: the number of deviations, or why there is none; and whether it departs. */
export function residualWords({ reading, departs }: Residual): string {
  const what = reading.kind === 'value' ? `${signed(reading.value)} σ` : reading.kind === 'none' ? reading.reason : 'not fitted';
  return departs ? `${what}, departs` : what;
}

export const hasParity = (now: Picture): boolean => isFitted(now, 'parity.finding');

/** The finding as a sentence, and whether there is one. */
export function findingSentence(finding: Reading): { words: string; found: boolean } {
  if (finding.kind !== 'value') {
    const why = finding.kind === 'none' ? finding.reason : 'not fitted';
    return { words: `Nothing can be judged: ${why}`, found: false };
  }
  const state = finding.state ?? 'not known';
  const found = state !== 'nothing found';
  return { words: `${state.charAt(0).toUpperCase()}${state.slice(1)}`, found };
}
