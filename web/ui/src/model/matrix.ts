/**
 * The live matrix: what each cell shows, and in words why an effect is in force. What holds what is told by the
 * controller's evaluator; here it is only put beside the table and into sentences.
 */
import { ageWords, clock, lowerFirst, timeWords } from './format';
import type { Interlock, Matrix, MatrixAct, MatrixRow, Picture } from './picture';
import { numberOf, read, stateOf } from './reading';

/** Off, on its way, in force while its cause stands, in force until a reset, beaten by another effect or silenced. */
export type Look = 'off' | 'waits' | 'on' | 'latched' | 'inhibited';

export interface Cell {
  look: Look;
  /** `L`, `U`, `D` or `S`. */
  code: string;
  /** Time until it comes into force. */
  leftS: number | null;
  /** The cell in words. */
  words: string;
}

type Settings = (name: string) => number | null;

const WORDS: Record<Look, string> = { off: 'off', waits: 'waits', on: 'in force', latched: 'latched', inhibited: 'inhibited' };
const CODES: Record<string, string> = { L: 'latched at once', U: 'follows its cause', D: 'latched after a delay', S: 'latched a delay after the latch' };
/** A stop beats every wish for more air, and that every wish for less: what beats an effect, the strongest first. */
const BEATEN: Record<string, readonly string[]> = {
  FAN_MAX: ['FAN_OFF'],
  FAN_FLOOR: ['FAN_OFF'],
  FAN_LEAST: ['FAN_OFF', 'FAN_MAX', 'FAN_FLOOR'],
};
const BECAUSE: Record<string, string> = {
  FAN_OFF: 'the fan is held off',
  FAN_MAX: 'heat or doubt asks for full speed',
  FAN_FLOOR: 'the fan has a floor',
};

/** Length of a delay: a setting's value, or a fixed "10 s". */
function delayS(act: MatrixAct, settings: Settings): number | null {
  if (act.delay === null) return null;
  const fixed = /^(\d+) s$/.exec(act.delay);
  return fixed ? Number(fixed[1]) : settings(act.delay);
}

function leftOf(act: MatrixAct, lock: Interlock, settings: Settings): number | null {
  const delay = delayS(act, settings);
  const since = act.code === 'S' ? lock.latched_s : lock.stands_s;
  return delay === null || since === null ? null : Math.max(0, delay - since);
}

const inForce = (now: Picture, effect: string): boolean => now.effects.some((one) => one.key === effect);
export const lockOf = (now: Picture, code: string): Interlock | null => now.interlocks.find((one) => one.code === code) ?? null;

/** What the cell of a cause and one of its acts shows now. */
export function cellOf(now: Picture, row: MatrixRow, act: MatrixAct, settings: Settings): Cell {
  const lock = lockOf(now, row.code);
  const cell = (look: Look, leftS: number | null, extra = ''): Cell => {
    const left = leftS === null ? '' : `, ${timeWords(leftS)} left`;
    return { look, code: act.code, leftS, words: `${WORDS[look]}${left}${extra}` };
  };
  if (!lock) return cell('off', null);
  if (lock.holds.includes(act.effect)) {
    const by = BEATEN[act.effect]?.find((other) => inForce(now, other));
    if (by !== undefined) return cell('inhibited', null, `: ${BECAUSE[by] ?? by}`);
    return act.code === 'U' ? cell('on', null) : cell('latched', null);
  }
  if (lock.waits.includes(act.effect)) return cell('waits', leftOf(act, lock, settings));
  if (act.effect === 'HORN' && lock.silenced) return cell('inhibited', null, ': silenced by a person');
  return cell('off', null, act.when === '' ? '' : `: only ${act.when}`);
}

/** The cell for who cannot hover: code and state in words. */
export const cellWords = (cell: Cell): string => `${CODES[cell.code] ?? cell.code}; ${cell.words}`;

export interface Because {
  code: string;
  text: string;
}

export interface Explained {
  key: string;
  title: string;
  /** Causes that hold it, each with how and since when. */
  because: Because[];
  /** How it ends. */
  ends: string;
}

function causeWords(now: Picture, row: MatrixRow, lock: Interlock, codes: string[]): string {
  const told: string[] = [];
  if (lock.active && lock.stands_s !== null) told.push(`stands since ${clock(now.time - lock.stands_s)}`);
  if (lock.latched && codes.some((code) => code !== 'U')) told.push(lock.active ? 'latched' : 'latched; the cause is gone');
  return `${row.title}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
}

/** What the controller does beside the table, which no cause holds. */
function besideTable(now: Picture, key: string): Because[] {
  const latch = now.latches.find((one) => one.key === 'unknown');
  if (latch) return [{ code: '', text: 'Latch records cannot be read: anything may have been latched' }];
  const door = read(now, 'door.open');
  if (key === 'FAN_FLOOR' && stateOf(door) !== 'no') return [{ code: '', text: 'The door is open, or not known to be closed' }];
  if (key === 'FAN_MAX') return [{ code: '', text: 'Exhaust probes have not reported yet' }];
  return [{ code: '', text: 'The controller has not said why' }];
}

function endsWords(now: Picture, latches: string[], follows: boolean): string {
  const ways = follows ? ['its causes are gone'] : [];
  for (const key of latches) {
    const title = now.latches.find((one) => one.key === key)?.title ?? key;
    const soak = key === 'fire' ? numberOf(read(now, 'fire.soak_left')) : null;
    ways.push(`a person with the key or one-time responses resets the latch “${lowerFirst(title)}”${soak === null ? '' : ` (soak: ${timeWords(soak)} left)`}`);
  }
  return `when ${ways.length === 0 ? 'the controller knows more' : ways.join(' and ')}`;
}

/** Every effect in force, in words. */
export function explain(now: Picture, matrix: Matrix): Explained[] {
  return now.effects.map(({ key, title }) => {
    const latches = new Set<string>();
    let follows = false;
    const because = matrix.causes.flatMap((row): Because[] => {
      const lock = lockOf(now, row.code);
      if (!lock?.holds.includes(key)) return [];
      const codes = row.acts.filter((act) => act.effect === key).map((act) => act.code);
      const latched = lock.latched && codes.some((code) => code !== 'U');
      if (latched && row.latch !== null) latches.add(row.latch);
      follows ||= !latched;
      return [{ code: row.code, text: causeWords(now, row, lock, codes) }];
    });
    const told = because.length > 0 ? because : besideTable(now, key);
    if (because.length === 0 && now.latches.some((one) => one.key === 'unknown')) latches.add('unknown');
    return { key, title, because: told, ends: endsWords(now, [...latches], follows || (because.length === 0 && latches.size === 0)) };
  });
}

export interface Coming {
  key: string;
  title: string;
  code: string;
  text: string;
  leftS: number | null;
}

/** Effects on their way that are not in force yet. */
export function coming(now: Picture, matrix: Matrix, settings: Settings): Coming[] {
  const all = matrix.causes.flatMap((row) =>
    row.acts.flatMap((act): Coming[] => {
      const lock = lockOf(now, row.code);
      if (!lock?.waits.includes(act.effect) || inForce(now, act.effect)) return [];
      const title = matrix.effects.find((one) => one.key === act.effect)?.title ?? act.effect;
      return [{ key: act.effect, title, code: row.code, text: row.title, leftS: leftOf(act, lock, settings) }];
    }),
  );
  return all.sort((a, b) => (a.leftS ?? Infinity) - (b.leftS ?? Infinity));
}

/** Since when, for the head of a row. */
export const rowWords = (lock: Interlock | null): string => {
  if (!lock) return '';
  if (lock.active) return `stands${lock.stands_s === null ? '' : ` ${ageWords(lock.stands_s)}`}${lock.latched ? ', latched' : ''}`;
  return lock.latched ? 'latched, gone' : '';
};
