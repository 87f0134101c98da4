/** A season of the filters' resistance: asked while somebody looks, a few times an hour. */
import { signal } from '@preact/signals';
import type { HistoryAnswer, Series } from '../model/picture';
import { get } from './ask';
import { picture } from './live';

const POINTS = ['filter.left.resistance', 'filter.right.resistance'];
const SECONDS = 120 * 86_400;
const COUNT = 120;
const AGAIN_MS = 600_000;

const answer = signal<HistoryAnswer | null>(null);

export const seasonOf = (name: string): Series | undefined => answer.value?.points[name];

/** Asks while the card is there; the answer ends it. */
export function watch(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let ended = false;
  const ask = async (): Promise<void> => {
    const to = picture.peek()?.time ?? Date.now() / 1000;
    const path = `/api/v1/history?points=${POINTS.join(',')}&from=${(to - SECONDS).toFixed(0)}&to=${to.toFixed(0)}&count=${COUNT}`;
    const next = await get<HistoryAnswer>(path);
    if (ended) return;
    answer.value = next;
    timer = setTimeout(() => void ask(), AGAIN_MS);
  };
  void ask();
  return () => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
  };
}
