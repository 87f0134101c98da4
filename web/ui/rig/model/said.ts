/** What the labels of the drawing say: the truth, what an attached controller reads of it, and what is not as it should be. */
import type { Said } from '../../src/drawing/Label';
import type { Key } from '../../src/drawing/said';
import { figure, NBSP, quantityOf, shown } from '../../src/model/format';
import { LOST_AFTER_S } from '../../src/model/reading';
import { mark } from './air';
import type { Picture, Tables } from './picture';

/** How far a reading may be from the truth and still be called the same, in the truth's unit: some noise and delay. */
const NEAR: Record<string, number> = { '°C': 2, Pa: 4, rpm: 80, W: 400 };

/** A truth that a controller reads as something else. */
export interface Differs {
  name: string;
  truth: string;
  reads: string;
}

const unitOf = (tables: Tables, name: string): string =>
  name.startsWith('board-') ? '°C' : (tables.truths.find((row) => row.name === name)?.unit ?? '');

const truthOf = (picture: Picture, name: string): number | null =>
  picture.truth[name] ?? (name.startsWith('board-') ? (picture.boards_c[Number(name.slice(6)) - 1] ?? null) : null);

const withUnit = (value: number, unit: string) => `${shown(value, unit)}${NBSP}${quantityOf(unit).unit}`;

/** Whether the controller reads a truth as it is; null where it does not read it. */
export function readsWell(picture: Picture, tables: Tables, name: string): boolean | null {
  const read = picture.controller?.reads[name];
  const truth = truthOf(picture, name);
  if (!read || truth === null) return null;
  const unit = unitOf(tables, name);
  const near = Math.max(NEAR[unit] ?? 0.1, 0.05 * Math.abs(truth));
  return read.value !== null && Math.abs(read.value - truth) <= near;
}

/** Everything that the controller reads as something else than it is. */
export function differs(picture: Picture, tables: Tables): Differs[] {
  return Object.entries(picture.controller?.reads ?? {})
    .filter(([name]) => readsWell(picture, tables, name) === false)
    .map(([name, read]) => {
      const unit = unitOf(tables, name);
      return { name, truth: withUnit(truthOf(picture, name) ?? 0, unit), reads: read.value === null ? read.quality : withUnit(read.value, unit) };
    });
}

/** The labels; after two seconds without a picture none has a value. */
export function saidOf(picture: Picture, tables: Tables, silenceS: number): Partial<Record<Key, Said>> {
  const lost = silenceS >= LOST_AFTER_S;
  const said: Partial<Record<Key, Said>> = {};
  const put = (key: Key, name: string, truth: string, rest: Partial<Said> = {}) => {
    const unit = unitOf(tables, truth);
    const value = truthOf(picture, truth);
    if (value === null) return;
    said[key] = lost
      ? { name, point: truth, value: 'STALE', tag: true, alarm: null }
      : { name, point: truth, value: shown(value, unit), unit: quantityOf(unit).unit, sub: reading(picture, tables, truth), alarm: null, ...rest };
  };
  const at = (name: string) => picture.truth[name] ?? 0;
  const stopped = at('speed') < 1;
  put('blower', 'Blower', 'speed', { alarm: stopped ? mark('critical', 'The blower stands still') : null, sub: reading(picture, tables, 'speed') || `drive ${figure(at('drive'), 0)}${NBSP}%, ${figure(at('blower-power'), 0)}${NBSP}W` });
  put('exhaust', 'Exhaust', 'exhaust', { alarm: at('exhaust') > 55 ? mark('high', 'Exhaust air is hot') : null });
  put('chamber', 'Suction chamber', 'suction', { alarm: at('suction') > 0.5 ? mark('high', 'The jet blows back') : null });
  put('airOut', 'Air out of the rack', 'flow');
  put('inletLeft', 'Inlet left', 'inlet-left');
  put('inletRight', 'Inlet right', 'inlet-right');
  put('room', 'Room', 'room');
  for (const side of ['left', 'right'] as const) {
    const place = side === 'left' ? 0 : 1;
    const upper = side === 'left' ? 'Left' : 'Right';
    const ratio = at(`resistance-${side}`);
    const clean = `${figure(ratio, ratio < 10 ? 2 : 0)} × clean`;
    const filter = `filter${upper}` as Key;
    put(filter, `Filter ${side}`, `filter-${side}`, { sub: clean, alarm: ratio >= 2 ? mark('medium', `The filter resists ${clean}`) : null });
    if (said[filter] && !lost && !picture.filters_in[place]) said[filter] = { ...said[filter], value: 'Out', unit: '', sub: '', alarm: mark('high', 'The filter is out') };
    const fired = at(`fired-${side}`) === 1;
    const word = fired ? 'Fired' : picture.home[place] ? 'Home' : 'Out';
    const alarm = fired ? mark('critical', 'It has fired') : picture.home[place] ? null : mark('high', 'It is not home');
    put(`extinguisher${upper}` as Key, `Extinguisher ${side === 'left' ? 'A' : 'B'}`, `extinguisher-${side}`, { value: word, unit: '', sub: withUnit(at(`extinguisher-${side}`), '°C'), alarm });
  }
  put('door', 'Door', 'draft', { value: picture.door_open ? 'Open' : 'Closed', unit: '', sub: `draft ${withUnit(at('draft'), 'Pa')}`, alarm: picture.door_open ? mark('medium', 'The door is open') : null });
  return said;
}

/** "reads 41.9 °C", with a mark where that is not so. */
function reading(picture: Picture, tables: Tables, name: string): string {
  const read = picture.controller?.reads[name];
  if (!read) return '';
  const words = read.value === null ? read.quality : withUnit(read.value, unitOf(tables, name));
  return readsWell(picture, tables, name) ? `reads ${words}` : `≠ reads ${words}`;
}
