/**
 * What a reset needs, as far as the page can see it. The controller judges; this list tells a person beforehand what
 * it will ask. What cannot be seen from here is left to the controller and says so.
 */
import { fastestRpm } from './air';
import { timeWords } from './format';
import type { Picture } from './picture';
import { numberOf, read, stateOf } from './reading';

export interface Need {
  name: string;
  /** Met, open, or known to the controller alone. */
  met: boolean | null;
  missing: string;
}

const NEEDS_DOOR = new Set(['fire', 'unknown', 'emergency_off']);
const NEEDS_INSPECTION = new Set(['fire', 'unknown']);
const NEEDS_FAN = new Set(['over_temperature', 'blind', 'cooling_loss']);
/** Below this the wheel drives nothing. */
const TURNING_RPM = 150;

/** Somebody at the key switch, or persons' responses, which the controller checks. */
export function keyNeed(picture: Picture): Need {
  const turned = stateOf(read(picture, 'key_switch')) === 'yes';
  return { name: turned ? 'Key switch turned' : 'Key switch turned, or one-time responses', met: turned ? true : null, missing: 'the controller checks' };
}

export const needsInspection = (keys: readonly string[]): boolean => keys.some((key) => NEEDS_INSPECTION.has(key));

export function needsOf(picture: Picture, keys: readonly string[], soakS: number | null): Need[] {
  const state = (name: string) => stateOf(read(picture, name));
  const is = (value: string | null, wanted: string) => (value === null ? null : value === wanted);
  const needs: Need[] = [keyNeed(picture)];
  for (const cause of picture.interlocks.filter((one) => one.latched)) {
    needs.push({ name: `${cause.title}: over`, met: !cause.active, missing: 'still stands' });
  }
  if (keys.some((key) => NEEDS_DOOR.has(key))) needs.push({ name: 'Door closed', met: is(state('door.open'), 'no'), missing: 'close it' });
  if (keys.includes('fire')) {
    for (const [side, letter] of [['left', 'A'], ['right', 'B']] as const) {
      const unit = read(picture, `extinguisher.${side}.state`);
      if (unit.kind !== 'unfitted') needs.push({ name: `Extinguisher ${letter} armed`, met: is(stateOf(unit), 'armed'), missing: 'lock or replace it' });
    }
    const minutes = soakS === null ? 10 : Math.round(soakS / 60);
    const left = numberOf(read(picture, 'fire.soak_left'));
    const missing = left === null ? 'the controller checks' : `${timeWords(left)} left`;
    needs.push({ name: `No sign of fire for ${minutes}\u00a0min`, met: left === null ? null : false, missing });
  }
  if (keys.some((key) => NEEDS_FAN.has(key))) {
    const rpm = fastestRpm(picture);
    // Turning is seen from here, that it has worked long enough is not.
    const turns = rpm === null || rpm >= TURNING_RPM;
    needs.push({ name: 'Blower seen to work for 30\u00a0s', met: turns ? null : false, missing: turns ? 'the controller checks' : 'let it run' });
  }
  return needs;
}
