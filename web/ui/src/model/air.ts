/** How the air stands, as far as the measurements tell: what the drawing shows as arrows, jet and warm layer. */
import type { Picture } from './picture';
import { LOST_AFTER_S, numberOf, read, stateOf } from './reading';

/** Below this the wheel drives no air worth an arrow. */
const TURNING_RPM = 150;

export interface Air {
  blower: 'runs' | 'stopped' | 'locked' | 'unknown';
  /** Air is drawn through the rack. */
  flows: boolean;
  /** It comes in through the filters. */
  throughFilters: boolean;
  doorOpen: boolean | null;
}

export function airOf(picture: Picture, silenceS: number): Air {
  const rpm = numberOf(read(picture, 'blower.a.speed', silenceS));
  const door = stateOf(read(picture, 'door.open', silenceS));
  const doorOpen = door === null ? null : door === 'yes';
  const failed = picture.alarms.some((alarm) => alarm.active && alarm.name === 'blower.failed');
  const locked = picture.fan.contact_open || picture.effects.some((effect) => effect.key === 'FAN_OFF');
  let blower: Air['blower'] = 'unknown';
  // That it is locked off is known where its speed is not measured.
  if (locked && silenceS < LOST_AFTER_S) blower = 'locked';
  else if (rpm !== null) blower = failed || rpm < TURNING_RPM ? 'stopped' : 'runs';
  const flows = blower === 'runs';
  return { blower, flows, throughFilters: flows && doorOpen === false, doorOpen };
}
