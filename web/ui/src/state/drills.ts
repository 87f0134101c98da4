/** The reports of drills that are kept, asked again when a drill begins or ends, and while they cannot be had. */
import { effect, signal } from '@preact/signals';
import { drillState, type DrillReport } from '../model/drill';
import { get } from './ask';
import { picture } from './live';

/** A report is on disk this long after the drill's end, at the latest. */
const SETTLE_MS = 1_500;
const AGAIN_MS = 15_000;

/** Newest first; null while they cannot be had. */
export const drills = signal<DrillReport[] | null>(null);

async function ask(): Promise<void> {
  const answer = await get<{ drills: DrillReport[] }>('/api/v1/drills');
  drills.value = answer ? answer.drills : null;
}

export function start(): void {
  void ask();
  setInterval(() => {
    if (drills.value === null) void ask();
  }, AGAIN_MS);
  let before: string | null = null;
  effect(() => {
    const now = picture.value;
    const state = now ? drillState(now) : null;
    if (state === null || state === before) return;
    before = state;
    setTimeout(() => void ask(), SETTLE_MS);
  });
}
