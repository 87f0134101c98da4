/** What a site is: the rack's name and rated power, and the settings in force. Asked at the start and now and then. */
import { signal } from '@preact/signals';
import type { Input, Matrix, Rack, Setting } from '../model/picture';
import { get } from './ask';

/** Settings change by a person's act: a minute is soon enough. */
const AGAIN_MS = 60_000;
/** Until the first answer. */
const FIRST_MS = 3_000;

export const rack = signal<Rack | null>(null);
export const settings = signal<ReadonlyMap<string, number>>(new Map());

/** The cause-and-effect matrix: of this version, so it is asked once. */
export const matrix = signal<Matrix | null>(null);

/** The inputs that safety judges, and what persons may do with them: of this version as well. */
export const inputs = signal<readonly Input[]>([]);

export const setting = (name: string): number | null => settings.value.get(name) ?? null;

async function ask(): Promise<void> {
  const [one, rows] = await Promise.all([get<Rack>('/api/v1/rack'), get<Setting[]>('/api/v1/settings')]);
  matrix.value ??= await get<Matrix>('/api/v1/matrix');
  if (inputs.value.length === 0) inputs.value = (await get<Input[]>('/api/v1/inputs')) ?? [];
  if (one) rack.value = one;
  if (rows) settings.value = new Map(rows.map((row) => [row.name, row.value]));
  setTimeout(() => void ask(), one && rows && inputs.value.length > 0 ? AGAIN_MS : FIRST_MS);
}

export function start(): void {
  void ask();
}
