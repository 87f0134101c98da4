/** The value rows: which quantities, on which fixed scale, with which band and marks. Marks come from the settings. */
import { alarmAt } from './alarms';
import { figure, NBSP, quantityOf } from './format';
import type { Alarm, Picture } from './picture';
import { hottestBoard, isFitted, numberOf, read, type Reading } from './reading';

export interface Scale {
  low: number;
  high: number;
  band: [number, number];
  setPoint: number | null;
  warn: number | null;
  limit: number | null;
}

export interface Row {
  key: string;
  name: string;
  reading: Reading;
  alarm: Alarm | null;
  scale: Scale;
  decimals: number;
  /** Points whose history its sparkline shows: the highest of them. */
  points: string[];
  /** The one point that it shows, where it is one. */
  point: string | null;
  /** What the sensor's noise is, so that calm looks calm. */
  noise: number;
}

export interface Context {
  setting: (name: string) => number | null;
  ratedW: number | null;
}

const BOARDS = [1, 2, 3, 4, 5, 6, 7, 8].map((board) => `rack.board.${board}.temperature`);
/** Rows that fit the column. */
const ROWS_MAX = 7;

/** Points whose history the rows need: sixteen, as many as one question may name. */
export const ROW_POINTS = [
  'rack.exhaust.temperature', ...BOARDS, 'rack.draft.pressure', 'blower.a.speed', 'blower.a.duty', 'it.power',
  'room.temperature', 'filter.left.resistance', 'filter.right.resistance',
];

const scale = (low: number, high: number, band: [number, number], marks: Partial<Scale> = {}): Scale => ({
  low, high, band, setPoint: null, warn: null, limit: null, ...marks,
});

/** The rows of a picture, as many as fit; what is not fitted has none. */
export function rowsOf(picture: Picture, context: Context, silenceS: number): Row[] {
  const { setting } = context;
  const at = (name: string) => read(picture, name, silenceS);
  const rows: Row[] = [];
  const simple = (key: string, name: string, bar: Scale, noise: number, decimals?: number) => {
    const reading = at(key);
    if (reading.kind === 'unfitted') return;
    rows.push({ key, name, reading, alarm: alarmAt(picture, key), scale: bar, decimals: decimals ?? quantityOf(reading.unit).decimals, points: [key], point: key, noise });
  };

  // What is held now: while the search for the least power is on, not the setting.
  const target = numberOf(at('control.set_point')) ?? setting('control.exhaust_target');
  const warn = setting('safety.exhaust_warn');
  const limit = setting('safety.exhaust_trip');
  simple('rack.exhaust.temperature', 'Exhaust air', scale(20, 60, [(target ?? 42) - 8, warn ?? 45], { setPoint: target, warn, limit }), 0.15);

  const hottest = hottestBoard(picture, silenceS);
  if (hottest.reading.kind !== 'unfitted') {
    rows.push({
      key: 'boards', name: `Hottest board, no.${NBSP}${hottest.board}`, reading: hottest.reading, decimals: 0, noise: 0.3,
      alarm: alarmAt(picture, `rack.board.${hottest.board}.temperature`), scale: scale(20, 100, [20, 80]), points: BOARDS, point: null,
    });
  }
  simple('rack.draft.pressure', 'Draft in the rack', scale(0, -60, [-5, -30]), 0.4);
  const minimum = setting('control.minimum_speed') ?? 20;
  const two = isFitted(picture, 'blower.b.state');
  simple('blower.a.speed', two ? 'Blower A' : 'Blower speed', scale(0, 3000, [minimum * 30, 2550]), 12);
  if (two) simple('blower.b.speed', 'Blower B', scale(0, 3000, [minimum * 30, 2550]), 12);
  const rated = context.ratedW ?? 12000;
  const cap = numberOf(read(picture, 'shutdown.power_cap', silenceS));
  const capped = cap !== null && cap < 100 ? (cap * rated) / 100 : null;
  const power = capped === null ? 'IT power' : `IT power, cap ${figure(capped / 1000, 1)}`;
  simple('it.power', power, scale(0, (rated * 7) / 6, [0, rated], { setPoint: capped, limit: context.ratedW }), 60);
  simple('cooling.headroom', 'Cooling to spare', scale(0, 14000, [2000, 14000]), 60);
  simple('room.temperature', 'Room air', scale(10, 40, [18, 27]), 0.15);
  simple('flow.extracted', 'Air out of the rack', scale(0, 0.58, [0.1, 0.5]), 0.004);
  pushFilter(picture, rows, at, setting('filter.end_of_life'));
  return rows.slice(0, ROWS_MAX);
}

/** The filter that is loaded more. */
function pushFilter(picture: Picture, rows: Row[], at: (name: string) => Reading, endOfLife: number | null): void {
  const sides = (['left', 'right'] as const).filter((side) => isFitted(picture, `filter.${side}.resistance`));
  const value = (side: string) => numberOf(at(`filter.${side}.resistance`)) ?? -1;
  const [side] = sides.sort((a, b) => value(b) - value(a));
  if (!side) return;
  const key = `filter.${side}.resistance`;
  const end = endOfLife === null ? null : endOfLife / 100;
  rows.push({
    key: 'filters', name: `Filter, ${side} one`, reading: at(key), alarm: alarmAt(picture, key), decimals: 2, noise: 0.05,
    scale: scale(0, (end ?? 4) * 1.25, [0, end ?? 4], { limit: end }), points: ['filter.left.resistance', 'filter.right.resistance'], point: key,
  });
}

/** Where a value stands on its bar, 0 to 100 %; beyond an end it rests on the end. */
export function place(value: number, bar: Scale): number {
  return Math.min(100, Math.max(0, ((value - bar.low) / (bar.high - bar.low)) * 100));
}

const UNIT_WORDS: Record<string, string> = { '°C': 'degrees', Pa: 'pascal', rpm: 'rpm', W: 'kilowatt', '%': 'percent', '1': 'times clean', 'm³/s': 'cubic metres per hour' };

/** What a bar says to one who does not see it. */
export function barWords(row: Row): string {
  const { reading, scale: bar, decimals } = row;
  if (reading.kind === 'unfitted') return 'not fitted';
  const { factor } = quantityOf(reading.unit);
  const say = (value: number) => figure(value * factor, decimals).replace(/\.0+$/, '');
  if (reading.kind === 'none') return `${reading.tag}, ${reading.reason}`;
  const [a, b] = bar.band;
  const words = [`${figure(reading.value * factor, decimals)} ${UNIT_WORDS[reading.unit] ?? reading.unit}`, `normal ${say(a)} to ${say(b)}`];
  if (bar.setPoint !== null) words.push(`set point ${say(bar.setPoint)}`);
  if (bar.warn !== null) words.push(`warning ${say(bar.warn)}`);
  if (bar.limit !== null) words.push(`limit ${say(bar.limit)}`);
  return words.join(', ');
}
