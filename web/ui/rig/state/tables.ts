/** What there is to do and to see, asked until it is answered. */
import { signal } from '@preact/signals';
import { get } from '../../src/state/ask';
import type { Tables } from '../model/picture';

const AGAIN_MS = 2000;

export const tables = signal<Tables | null>(null);

export async function start(): Promise<void> {
  tables.value = await get<Tables>('/api/v1/tables');
  if (!tables.value) setTimeout(() => void start(), AGAIN_MS);
}
