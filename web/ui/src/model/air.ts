/** How the air stands, as far as the measurements tell: what the drawing shows as arrows, jet and warm layer. */
import type { Picture } from './picture';
import { LOST_AFTER_S, numberOf, read, stateOf } from './reading';

/** Below this the wheel drives no air worth an arrow. */
const TURNING_RPM = 150;

/** What one of two blowers does: by the controller's own word for it, while it can be told. */
export type Wheel = 'running' | 'standing by' | 'failed' | 'isolated' | 'stopped' | 'unknown';

const WHEELS: readonly string[] = ['running', 'standing by', 'failed', 'isolated', 'stopped'];

/** Both blowers of a rack that has two; null where there is one. */
export function wheelsOf(picture: Picture, silenceS: number): [Wheel, Wheel] | null {
  const of = (blower: 'a' | 'b'): Wheel | null => {
    const reading = read(picture, `blower.${blower}.state`, silenceS);
    if (reading.kind === 'unfitted') return null;
    const state = stateOf(reading);
    return state !== null && WHEELS.includes(state) ? (state as Wheel) : 'unknown';
  };
  const [a, b] = [of('a'), of('b')];
  return a === null || b === null ? null : [a, b];
}

/** Speed of the blower, or of the faster one of two. */
export function fastestRpm(picture: Picture, silenceS = 0): number | null {
  const speeds = ['a', 'b'].map((blower) => numberOf(read(picture, `blower.${blower}.speed`, silenceS))).filter((rpm): rpm is number => rpm !== null);
  return speeds.length === 0 ? null : Math.max(...speeds);
}

export interface Air {
  blower: 'runs' | 'stopped' | 'locked' | 'unknown';
  /** Air is drawn through the rack. */
  flows: boolean;
  /** It comes in through the filters. */
  throughFilters: boolean;
  doorOpen: boolean | null;
}

export function airOf(picture: Picture, silenceS: number): Air {
  const rpm = fastestRpm(picture, silenceS);
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
