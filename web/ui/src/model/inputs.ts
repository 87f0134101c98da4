/** Inputs in words: how each stands, what persons may do with it, and what the page can see of the conditions. */
import { factorWords, type Factor } from './factor';
import { lowerFirst, NBSP, leftWords, upperFirst, withUnit } from './format';
import type { Input, OutOfService, Override, Picture } from './picture';
import { isFitted, type Reading } from './reading';
import type { Need } from './reset';
import { loopWords, smokeWords } from './words';

/** Minutes of an override, as the controller takes them. */
export const MINUTES = { least: 1, usual: 15, most: 240 } as const;
/** Taking out of service is two persons' act; the key switch does not do. */
export const OUT: Factor = { persons: 2, key: false };
export const BACK: Factor = { persons: 1, key: true };

/** Of which the last one stays in service. */
const VOTERS = ['exhaust.a', 'exhaust.b', 'exhaust.c'];

export type Standing = { kind: 'judged' } | { kind: 'overridden'; override: Override } | { kind: 'out'; out: OutOfService };

export function standingOf(picture: Picture, key: string): Standing {
  const override = picture.overrides.find((one) => one.key === key);
  if (override) return { kind: 'overridden', override };
  const out = picture.out_of_service.find((one) => one.key === key);
  return out ? { kind: 'out', out } : { kind: 'judged' };
}

export function standingWords(standing: Standing): string {
  switch (standing.kind) {
    case 'judged':
      return 'Judged';
    case 'overridden': {
      const { by, reason, left_s } = standing.override;
      return `Overridden for ${leftWords(left_s)} more by ${by}: ${reason}`;
    }
    case 'out':
      return 'Out of service, until it is put back';
  }
}

/** The inputs that the site has, in the order of the table. */
export const fittedInputs = (picture: Picture, inputs: readonly Input[]): Input[] => inputs.filter((input) => isFitted(picture, input.point));

/** Who has to stand behind an override; null where it is never overridden. */
export const overrideFactor = (input: Input): Factor | null => (input.override_persons === 0 ? null : { persons: input.override_persons, key: true });

/** "Key switch, or a one-time response"; or why never. */
export function overrideWords(input: Input): string {
  const factor = overrideFactor(input);
  return factor === null ? `Never overridden: ${input.never ?? 'the controller says so'}.` : `${upperFirst(factorWords(factor))}.`;
}

const titles = (keys: readonly string[], inputs: readonly Input[]): string[] =>
  keys.map((key) => inputs.find((input) => input.key === key)?.title ?? key);

const listed = (words: readonly string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`);

/** "Votes with the ceiling probe and exhaust probe B"; empty where it stands alone. */
export function voteWords(input: Input, inputs: readonly Input[]): string {
  if (input.vote.length === 0) return '';
  return `Votes with ${listed(titles(input.vote, inputs).map(lowerFirst))}: at most one of them is overridden.`;
}

/** What an override needs, as far as the page can see it. */
export function overrideNeeds(picture: Picture, input: Input, inputs: readonly Input[]): Need[] {
  const taken = input.vote.filter((key) => standingOf(picture, key).kind !== 'judged');
  const needs: Need[] = [];
  if (input.vote.length > 0) {
    needs.push({ name: 'The rest of its vote is judged', met: taken.length === 0, missing: listed(titles(taken, inputs).map(lowerFirst)) });
  }
  const locks = picture.latches.filter((latch) => latch.key === 'fire' || latch.key === 'unknown');
  needs.push({ name: 'No fire latch, records readable', met: locks.length === 0, missing: 'reset first' });
  return needs;
}

/** What taking out of service needs, as far as the page can see it. */
export function outNeeds(picture: Picture, input: Input): Need[] {
  if (!VOTERS.includes(input.key)) return [];
  const others = VOTERS.filter((key) => key !== input.key && standingOf(picture, key).kind !== 'out');
  return [{ name: 'Not the last exhaust probe', met: others.length > 0, missing: 'it is the last' }];
}

/** "2 inputs not judged, the next for 11:20 min more"; null where all are judged. */
export function bypassSummary(picture: Picture): string | null {
  const count = picture.overrides.length + picture.out_of_service.length;
  if (count === 0) return null;
  const words = `${count} ${count === 1 ? 'input' : 'inputs'} not judged`;
  const next = Math.min(...picture.overrides.map((one) => one.left_s));
  if (picture.overrides.length === 0) return `${words}, out of service`;
  return `${words}, ${count === 1 ? '' : 'the next '}for ${leftWords(next)} more`;
}

/** Words of a flag while it is set and while it is not. */
const FLAGS: Record<string, [string, string]> = {
  'emergency_off': ['Pressed', 'Not pressed'], 'fire.button': ['Pressed', 'Not pressed'], 'cut_out.open': ['Open', 'Closed'],
  'door.open': ['Open', 'Closed'], 'mains.present': ['Present', 'Missing'], 'seal.broken': ['Broken', 'Whole'],
  'blower.a.isolator.open': ['Open', 'Closed'], 'blower.b.isolator.open': ['Open', 'Closed'], 'blower.a.contact.open': ['Open', 'Closed'], 'output.power_cut': ['Cut', 'Not cut'],
  'extinguisher.left.home': ['Home', 'Not home'], 'extinguisher.right.home': ['Home', 'Not home'],
};

/** What an input measures, in words; empty where its tag says it. */
export function measuredWords(point: string, reading: Reading): string {
  if (reading.kind !== 'value') return '';
  const { state, value, unit } = reading;
  if (state === undefined) return unit === '1' ? `${value.toFixed(2)}${NBSP}× clean` : withUnit(value, unit);
  const flag = FLAGS[point];
  if (flag && (state === 'yes' || state === 'no')) return state === 'yes' ? flag[0] : flag[1];
  if (point.startsWith('smoke.')) return smokeWords(state);
  return point.endsWith('.break_wire') ? loopWords(state) : upperFirst(state);
}
