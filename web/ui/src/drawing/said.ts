/** What the labels of the drawing say, from a picture. What is not fitted says nothing. */
import { wheelsOf, type Air, type Wheel } from '../model/air';
import { alarmAt } from '../model/alarms';
import { figure, NBSP, quantityOf, shown, withUnit } from '../model/format';
import type { Picture } from '../model/picture';
import { numberOf, read, stateOf, type Reading } from '../model/reading';
import { extinguisherWords } from '../model/words';
import type { Said } from './Label';

export type Key =
  | 'blower' | 'chamber' | 'extinguisherLeft' | 'inletLeft' | 'filterLeft' | 'wallLeft' | 'room'
  | 'exhaust' | 'airOut' | 'extinguisherRight' | 'inletRight' | 'filterRight' | 'wallRight' | 'door';

/** Everything that the labels say. */
export function saidOf(picture: Picture, air: Air, silenceS: number, setPoint: number | null): Partial<Record<Key, Said>> {
  const at = (name: string) => read(picture, name, silenceS);
  const text = (name: string) => {
    const reading = at(name);
    return reading.kind === 'value' ? withUnit(reading.value, reading.unit) : '';
  };
  const said: Partial<Record<Key, Said>> = {};
  const measured = (key: Key, name: string, point: string, sub = '', ...alarmPoints: string[]) => {
    const reading = at(point);
    if (reading.kind === 'unfitted') return;
    said[key] = { name, point, ...value(reading), sub: reading.kind === 'none' ? reading.reason : sub, alarm: alarmAt(picture, point, ...alarmPoints) };
  };

  said.blower = blower(picture, air, at, text);
  const voters = numberOf(at('vote.exhaust.voters'));
  measured('exhaust', voters === null ? 'Exhaust' : `Exhaust, ${voters} of 3`, 'rack.exhaust.temperature', setPoint === null ? '' : `set point ${figure(setPoint, 0)}`);
  measured('chamber', 'Suction chamber', 'chamber.suction.pressure');
  measured('airOut', 'Air out of the rack', 'flow.extracted');
  measured('inletLeft', 'Inlet left', 'rack.inlet.left.temperature');
  measured('inletRight', 'Inlet right', 'rack.inlet.right.temperature');
  walls(at, measured);
  const humidity = text('room.humidity');
  measured('room', 'Room', 'room.temperature', humidity === '' ? '' : `${humidity} humidity`);
  for (const side of ['left', 'right'] as const) filter(side, at, air, measured, said);
  for (const side of ['left', 'right'] as const) extinguisher(picture, side, at, text, said);

  const door = at('door.open');
  if (door.kind !== 'unfitted') {
    const draft = text('rack.draft.pressure');
    said.door = {
      name: 'Door', point: 'door.open', alarm: alarmAt(picture, 'door.open'),
      ...(door.kind === 'none' ? { value: door.tag, tag: true, sub: door.reason } : { value: stateOf(door) === 'yes' ? 'Open' : 'Closed', sub: draft === '' ? '' : `draft ${draft}` }),
    };
  }
  return said;
}

/** Figure and unit, or the tag. */
function value(reading: Exclude<Reading, { kind: 'unfitted' }>): Pick<Said, 'value' | 'unit' | 'tag'> {
  if (reading.kind === 'none') return { value: reading.tag, tag: true };
  return { value: shown(reading.value, reading.unit), unit: quantityOf(reading.unit).unit };
}

function blower(picture: Picture, air: Air, at: (name: string) => Reading, text: (name: string) => string): Said {
  const two = wheelsOf(picture, 0);
  const alarm = alarmAt(picture, 'blower.a.speed', 'blower.a.isolator.open', 'blower.a.contact.open', ...(two ? ['blower.a.state', 'blower.b.speed'] : []));
  const [drive, turning] = [at('blower.a.duty'), at('blower.a.speed')];
  const speed = turning.kind === 'none' ? `speed ${turning.tag.toLowerCase()}` : text('blower.a.speed');
  const base = { name: 'Blower', point: 'blower.a.duty', alarm };
  const asked = `asked ${figure(picture.fan.drive, 0)}${NBSP}%`;
  if (two && air.blower !== 'locked') return { ...base, name: 'Blowers', ...both(picture, two, at) };
  switch (air.blower) {
    case 'locked': {
      const back = stateOf(at('blower.a.contact.open'));
      return { ...base, value: 'Locked off', sub: listed(speed, back === 'yes' ? 'contact open' : '') };
    }
    case 'stopped':
      return { ...base, value: 'Stopped', sub: listed(speed, asked) };
    case 'runs':
    case 'unknown': {
      if (drive.kind === 'unfitted') return { ...base, value: 'NO SIGNAL', tag: true };
      const power = text('blower.a.power') === '' ? '' : `${figure(numberOf(at('blower.a.power')) ?? 0, 0)}${NBSP}W`;
      return { ...base, ...value(drive), sub: drive.kind === 'none' ? drive.reason : listed(speed, power) };
    }
  }
}

/** Two blowers: the drive that is asked of those that run, and what is not as usual, or their speeds. */
function both(picture: Picture, wheels: [Wheel, Wheel], at: (name: string) => Reading): Pick<Said, 'value' | 'unit' | 'tag' | 'sub'> {
  const drives = (['a', 'b'] as const).map((blower) => at(`blower.${blower}.duty`));
  const shownOne = drives[wheels[0] === 'running' || wheels[1] !== 'running' ? 0 : 1];
  const words = wheels.map((wheel, place) => (wheel === 'running' ? '' : `${place === 0 ? 'A' : 'B'} ${wheel === 'unknown' ? 'not known' : wheel}`)).filter((one) => one !== '');
  const rpm = (['a', 'b'] as const).map((blower) => numberOf(at(`blower.${blower}.speed`)));
  const speeds = rpm.every((one): one is number => one !== null) ? `${rpm.map((one) => figure(one ?? 0, 0)).join(' and ')}${NBSP}rpm` : '';
  const sub = words.length > 0 ? words.join(', ') : speeds;
  if (shownOne === undefined || shownOne.kind === 'unfitted') return { value: 'NO SIGNAL', tag: true, sub };
  if (shownOne.kind === 'none') return { ...value(shownOne), sub: shownOne.reason };
  return { value: figure(picture.fan.drive, 0), unit: '%', sub };
}

/** The margin over the room's dew point stands at the colder wall: that is where water would condense. */
function walls(at: (name: string) => Reading, measured: (key: Key, name: string, point: string, sub?: string, ...alarmPoints: string[]) => void): void {
  const [left, right, margin] = [numberOf(at('rack.wall.left.temperature')), numberOf(at('rack.wall.right.temperature')), numberOf(at('dew_point.margin'))];
  const words = margin === null ? '' : `${figure(Math.abs(margin), 1)}${NBSP}K ${margin < 0 ? 'under' : 'over'} dew point`;
  const leftIsColder = right === null || (left !== null && left <= right);
  measured('wallLeft', 'Wall left', 'rack.wall.left.temperature', leftIsColder ? words : '', 'dew_point.margin');
  measured('wallRight', 'Wall right', 'rack.wall.right.temperature', leftIsColder ? '' : words, 'dew_point.margin');
}

const listed = (...parts: string[]): string => parts.filter((part) => part !== '').join(', ');

function filter(
  side: 'left' | 'right', at: (name: string) => Reading, air: Air,
  measured: (key: Key, name: string, point: string, sub?: string, ...alarmPoints: string[]) => void, said: Partial<Record<Key, Said>>,
): void {
  const key = side === 'left' ? 'filterLeft' : 'filterRight';
  const [pressure, resistance, present] = [`filter.${side}.pressure`, `filter.${side}.resistance`, `filter.${side}.present`];
  const days = numberOf(at(`filter.${side}.days_left`));
  const load = at(resistance);
  const times = numberOf(load);
  const life = load.kind === 'none' && load.tag === 'BYPASSED' ? 'bypassed' : days !== null ? `${figure(days, 0)} days left` : times !== null ? `${figure(times, 2)} × clean` : '';
  measured(key, `Filter ${side}`, pressure, air.flows || air.blower === 'unknown' ? life : 'no flow to measure', resistance, present);
  const label = said[key];
  if (label && stateOf(at(present)) === 'no') said[key] = { ...label, value: 'Missing', unit: '', tag: false, sub: 'put it in' };
}

function extinguisher(picture: Picture, side: 'left' | 'right', at: (name: string) => Reading, text: (name: string) => string, said: Partial<Record<Key, Said>>): void {
  const point = `extinguisher.${side}.state`;
  const reading = at(point);
  if (reading.kind === 'unfitted') return;
  said[side === 'left' ? 'extinguisherLeft' : 'extinguisherRight'] = {
    name: `Extinguisher ${side === 'left' ? 'A' : 'B'}`, point,
    alarm: alarmAt(picture, point, `extinguisher.${side}.break_wire`, `extinguisher.${side}.home`),
    ...(reading.kind === 'none' ? { value: reading.tag, tag: true, sub: reading.reason } : { value: extinguisherWords(stateOf(reading)), sub: text(`extinguisher.${side}.temperature`) }),
  };
}
