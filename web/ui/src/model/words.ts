/** Words for states: the thing, not its tag. */
import { upperFirst } from './format';
import type { Picture } from './picture';
import { read, stateOf, type Reading } from './reading';

const LOOP: Record<string, string> = { normal: 'Whole', alarm: 'Broken', open: 'Cable cut', short: 'Shorted', 'between bands': 'Fault' };
const SMOKE: Record<string, string> = { normal: 'Clear', alarm: 'Smoke', open: 'Cable cut', short: 'Shorted', 'between bands': 'Fault' };
const UNIT: Record<string, string> = {
  absent: 'Missing', unlocked: 'Not home', armed: 'Armed', expired: 'Expired', suspect: 'Signals disagree', fired: 'Fired',
};

export const loopWords = (state: string | null) => (state === null ? '' : (LOOP[state] ?? upperFirst(state)));
export const smokeWords = (state: string | null) => (state === null ? '' : (SMOKE[state] ?? upperFirst(state)));
export const extinguisherWords = (state: string | null) => (state === null ? '' : (UNIT[state] ?? upperFirst(state)));

const STAGES: Record<string, string> = {
  normal: 'Normal', advisory: 'Warned', capped: 'Power limited', prepare: 'Told to prepare',
  'shutting down': 'Told to shut down', 'power cut': 'Power cut', 'all off': 'All off, verified', 'cooling down': 'Down until it is safe', restarting: 'Coming back',
};
export const stageWords = (state: string | null) => (state === null ? '' : (STAGES[state] ?? upperFirst(state)));

/** Two points that mostly say the same: one line while they do. */
export function pair(picture: Picture, a: string, b: string, silenceS: number): { same: boolean; readings: [Reading, Reading] } {
  const readings: [Reading, Reading] = [read(picture, a, silenceS), read(picture, b, silenceS)];
  const [one, other] = readings;
  const same = one.kind === other.kind && (one.kind === 'value' ? stateOf(one) === stateOf(other) : true);
  return { same, readings };
}

/** What an output does, by its command and its read-back. */
export function outputWords(picture: Picture, name: string, silenceS: number, words: { on: string; off: string }): { text: string; agrees: boolean; reading: Reading } {
  const back = read(picture, `output.${name}`, silenceS);
  const command = stateOf(read(picture, `output.${name}.command`, silenceS));
  const now = stateOf(back);
  const text = now === null ? '' : now === 'yes' ? words.on : words.off;
  if (command !== null && now !== null && command !== now) {
    return { text: command === 'yes' ? `Asked, not ${words.on.toLowerCase()}` : `${words.on}, not asked`, agrees: false, reading: back };
  }
  return { text, agrees: true, reading: back };
}
