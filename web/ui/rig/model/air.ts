/** How the air really moves, for the drawing that both pages share. */
import type { Air } from '../../src/model/air';
import type { Alarm, Priority } from '../../src/model/picture';
import type { Picture } from './picture';

/** Below this the wheel drives no air worth an arrow. */
const TURNING_RPM = 150;

export function airOf(picture: Picture): Air {
  const { truth } = picture;
  const runs = (truth['speed'] ?? 0) >= TURNING_RPM;
  const blower = runs ? 'runs' : truth['contact-closed'] === 0 ? 'locked' : 'stopped';
  return { blower, flows: runs, throughFilters: runs && !picture.door_open, doorOpen: picture.door_open };
}

/** What is drawn in a colour: the labels of the shared drawing ask for an alarm. */
export const mark = (priority: Priority, text: string): Alarm => ({
  name: text, number: 0, priority, active: true, process: 'active', acknowledged: true, display: 'shown', group: 'cooling', chattering: false, folded: false, shelve_max_min: 0, text, consequence: '', action: '', since_s: 0, points: [], follows: null,
});
