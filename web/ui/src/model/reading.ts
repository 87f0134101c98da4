/**
 * What may be shown of a point. A value that cannot be trusted gives up its number: there is a tag and a reason
 * instead, and no way to get at the last number by accident.
 */
import { ageWords, leftWords } from './format';
import type { Picture } from './picture';

/** Without a picture for this long the page says how old it is, and nothing on it is shown as a value. */
export const LOST_AFTER_S = 2;

export type Reading =
  | { kind: 'value'; value: number; state: string | undefined; unit: string }
  | { kind: 'none'; tag: string; reason: string; unit: string }
  | { kind: 'unfitted' };

const UNFITTED: Reading = { kind: 'unfitted' };

/** The reading of a point in a picture that came `silenceS` ago. */
export function read(picture: Picture, name: string, silenceS = 0): Reading {
  const point = picture.points[name];
  if (!point || (point.quality === 'absent' && point.reason === 'not fitted')) return UNFITTED;
  const { unit } = point;
  if (silenceS >= LOST_AFTER_S) {
    return { kind: 'none', tag: `STALE ${ageWords(silenceS + point.age_s)}`, reason: 'no data', unit };
  }
  const bypassed = bypassWords(picture, name);
  if (bypassed !== null) return { kind: 'none', tag: 'BYPASSED', reason: bypassed, unit };
  switch (point.quality) {
    case 'good':
    case 'simulated':
      return point.value === null
        ? { kind: 'none', tag: 'NO SIGNAL', reason: 'no value', unit }
        : { kind: 'value', value: point.value, state: point.state, unit };
    case 'forced':
    case 'substituted':
      return { kind: 'none', tag: `BYPASSED ${ageWords(point.age_s)}`, reason: 'held by a person', unit };
    case 'stale': {
      // What was suspended a moment ago has no age to speak of.
      const tag = point.age_s >= 1 ? `STALE ${ageWords(point.age_s)}` : 'NO SIGNAL';
      return { kind: 'none', tag, reason: point.reason ?? 'stale', unit };
    }
    default:
      return { kind: 'none', tag: 'NO SIGNAL', reason: point.reason ?? point.quality, unit };
  }
}

/** Of a point whose input persons have taken out of the judgement: for how long. Its number is nobody's measure meanwhile. */
function bypassWords(picture: Picture, name: string): string | null {
  const standing = picture.overrides.find((one) => one.point === name);
  if (standing) return `${leftWords(standing.left_s)} left`;
  return picture.out_of_service.some((one) => one.point === name) ? 'out of service' : null;
}

/** The number, if it may be shown. */
export function numberOf(reading: Reading): number | null {
  return reading.kind === 'value' ? reading.value : null;
}

/** The name of the state, if it may be shown. */
export function stateOf(reading: Reading): string | null {
  return reading.kind === 'value' ? (reading.state ?? null) : null;
}

export function isFitted(picture: Picture, name: string): boolean {
  return read(picture, name).kind !== 'unfitted';
}

/** The hottest of the boards that can be read, and its number. */
export function hottestBoard(picture: Picture, silenceS = 0): { board: number; reading: Reading } {
  let best: { board: number; reading: Reading } | null = null;
  let fallback: { board: number; reading: Reading } | null = null;
  for (let board = 1; board <= 8; board += 1) {
    const reading = read(picture, `rack.board.${board}.temperature`, silenceS);
    if (reading.kind === 'none') fallback ??= { board, reading };
    if (reading.kind !== 'value') continue;
    if (!best || best.reading.kind !== 'value' || reading.value > best.reading.value) best = { board, reading };
  }
  return best ?? fallback ?? { board: 0, reading: UNFITTED };
}
