/** An extinguisher unit in words: which one, how long it lasts, what its replacement needs as far as the page can see. */
import { figure, NBSP } from './format';
import type { Picture } from './picture';
import { numberOf, read, stateOf } from './reading';
import { keyNeed, type Need } from './reset';

export type Side = 'left' | 'right';

/** Whose shelf life and exposure are told in words rather than in figures. */
export function lifeWords(now: Picture, side: Side): string {
  const days = numberOf(read(now, `extinguisher.${side}.life_left`));
  if (days !== null) return days === 0 ? 'over' : `${figure(days, 0)}${NBSP}days left`;
  return now.extinguishers[side]?.installed ? 'date not known' : 'no date entered';
}

export function exposureWords(now: Picture, side: Side): string {
  const share = numberOf(read(now, `extinguisher.${side}.exposure`));
  return share === null ? 'not known' : `${figure(share, share < 10 ? 1 : 0)}${NBSP}% used`;
}

/** After a discharge, or where nothing is known of the old unit. */
export function unitNeedsInspection(now: Picture, side: Side): boolean {
  const unit = now.extinguishers[side];
  return unit !== undefined && (unit.fired || !unit.known);
}

export function unitNeeds(now: Picture, side: Side): Need[] {
  const unit = now.extinguishers[side];
  const is = (value: string | null, wanted: string) => (value === null ? null : value === wanted);
  const state = (name: string) => stateOf(read(now, name));
  const needs: Need[] = [keyNeed(now)];
  // One that nobody has entered yet is entered where it hangs.
  const first = unit !== undefined && unit.serial === null && !unit.fired;
  if (!first) needs.push({ name: 'Old unit taken out', met: unit?.removed ?? null, missing: 'take it out' });
  needs.push({ name: 'New unit home', met: is(state(`extinguisher.${side}.home`), 'yes'), missing: 'lock it home' });
  needs.push({ name: 'Its wire whole', met: is(state(`extinguisher.${side}.break_wire`), 'normal'), missing: 'plug it in' });
  return needs;
}
