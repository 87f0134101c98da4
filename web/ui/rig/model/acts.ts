/**
 * Controls out of the table of acts: what sort of control a row wants, where it stands, and the text that sets it. No act
 * is named here but those on the short list, which only says what stands first.
 */
import type { ActRow, FaultRow, Parameter, Span, Standing, Tables } from './picture';

/** Acts of the first page, in their order; one that the table does not have is left out. */
export const FIRST = ['load', 'room', 'dust', 'door', 'filter resistance', 'filter', 'fire', 'smoke', 'break-wire', 'extinguisher', 'blower jammed'] as const;
/** Acts that spoil a running test or burn something: asked twice. */
const TWICE = [/^fire (?!out$)(?!0( W)?$)/, /^contact (emergency-off|isolator|mains|cut-out) low/, /^mend everything$/, /^host (stop|hangs)/, /^fan chip power off/];

export const asksTwice = (act: string): boolean => TWICE.some((one) => one.test(act));

/** One control: an act with everything but its last argument. */
export interface Control {
  row: ActRow;
  /** Which: the arguments before the last. */
  which: string[];
  /** The last parameter; none for an act that takes nothing. */
  parameter: Parameter | null;
  /** Where it stands; null where the rack does not tell. */
  now: string | number | null;
  key: string;
}

/** The controls of an act, one for each thing it can be done to, as the rack's state lists them. */
export function controlsOf(row: ActRow, state: readonly Standing[]): Control[] {
  const parameter = row.parameters[row.parameters.length - 1] ?? null;
  return state
    .filter((one) => one.act === row.name)
    .map((one) => {
      const which = one.arguments.slice(0, -1).map(String);
      return { row, which, parameter, now: one.arguments[one.arguments.length - 1] ?? null, key: [row.name, ...which].join(' ') };
    });
}

export type Sort = 'switch' | 'choice' | 'slider' | 'button';

/** Two words are a switch, more are a choice, numbers a slider; a word instead of the number stands beside it. */
export function sortOf(parameter: Parameter | null): Sort {
  if (!parameter) return 'button';
  if (parameter.number && parameter.words.length < 2) return 'slider';
  return parameter.words.length === 2 ? 'switch' : 'choice';
}

/** The text of an act: what a scenario would say. */
export function textOf(row: ActRow, values: readonly (string | number)[]): string {
  const words = values.map((value, place) => {
    const unit = row.parameters[place]?.number?.unit ?? '';
    return typeof value === 'number' && unit !== '' ? `${value} ${unit}` : String(value);
  });
  return [row.name, ...words].join(' ').trim();
}

/** Spans of many decades are spread so that their small end can be set as well: the power of a slider's place. */
function power({ low, high }: Span): number {
  return low < 0 ? 1 : Math.max(1, Math.round(Math.log10(Math.max(high, 1)) / 2));
}

/** Places of a slider. */
export const PLACES = 400;

export function placeOf(value: number, span: Span): number {
  const share = Math.min(1, Math.max(0, (value - span.low) / (span.high - span.low)));
  return Math.round(PLACES * share ** (1 / power(span)));
}

/** The value at a place, rounded to two figures where the span is wide and to a half elsewhere. */
export function valueAt(place: number, span: Span): number {
  if (place <= 0) return span.low;
  if (place >= PLACES) return span.high;
  const raw = span.low + (span.high - span.low) * (place / PLACES) ** power(span);
  if (span.high - span.low <= 150) return Math.round(raw * 2) / 2;
  const digits = 10 ** (Math.floor(Math.log10(Math.abs(raw) || 1)) - 1);
  return Math.min(span.high, Math.max(span.low, Number((Math.round(raw / digits) * digits).toPrecision(6))));
}

/** Something that can be looked for: an act, or a fault of an instrument. */
export interface Found {
  key: string;
  row: ActRow;
  /** Arguments that are chosen already. */
  preset: string[];
  title: string;
  about: string;
}

/** Every act, and every fault by its own name, that has all the words; those that have them in their title come first. */
export function search(tables: Tables, words: string): Found[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const all: Found[] = tables.acts.map((row) => ({ key: row.name, row, preset: [], title: row.name, about: row.about }));
  const fault = tables.acts.find((row) => row.name === 'fault');
  if (fault) {
    for (const { name, about } of faultRows(tables)) {
      const kinds = Object.entries(tables.faults).filter(([, rows]) => rows.some((row) => row.name === name)).map(([kind]) => kind);
      const first = tables.instruments.find((one) => kinds.includes(one.kind));
      if (first) all.push({ key: `fault ${name}`, row: fault, preset: [first.name, name], title: `fault … ${name}`, about });
    }
  }
  // A fault is not found by the names of all the others.
  const text = (one: Found) => `${one.title} ${one.about} ${one.preset.length > 0 ? '' : one.row.parameters.flatMap((parameter) => parameter.words).join(' ')}`.toLowerCase();
  const inTitle = (one: Found) => wanted.every((word) => one.title.includes(word));
  const found = all.filter((one) => wanted.every((word) => text(one).includes(word)));
  return [...found.filter(inTitle), ...found.filter((one) => !inTitle(one))];
}

/** Every fault once. */
export function faultRows(tables: Tables): FaultRow[] {
  const rows = new Map<string, FaultRow>();
  for (const list of Object.values(tables.faults)) for (const row of list) if (!rows.has(row.name)) rows.set(row.name, row);
  return [...rows.values()];
}

/** What the parameter at `place` takes behind the arguments before it. */
export function parameterAt(tables: Tables, row: ActRow, place: number, before: readonly string[]): Parameter | null {
  const parameter = row.parameters[place] ?? null;
  if (!parameter || row.name !== 'fault') return parameter;
  const kind = tables.instruments.find((one) => one.name === before[0])?.kind ?? '';
  const own = tables.faults[kind] ?? [];
  if (place === 1) return { ...parameter, words: own.map((one) => one.name) };
  if (place !== 2) return parameter;
  const amount = own.find((one) => one.name === before[1])?.amount ?? null;
  return { ...parameter, number: amount };
}
