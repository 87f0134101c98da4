/** What happened: the newest entries of the journal, asked again when something changes and now and then. */
import { effect, signal } from '@preact/signals';
import type { JournalEntry } from '../model/picture';
import { get } from './ask';
import { picture } from './live';

const LIMIT = 200;
const AGAIN_MS = 15_000;
/** A transition is in the journal this long after it was in the picture, at the latest. */
const SETTLE_MS = 1_200;

interface Answer {
  entries: JournalEntry[];
  more: boolean;
}

/** Newest first; null while it cannot be had. */
export const journal = signal<JournalEntry[] | null>(null);

let pending: ReturnType<typeof setTimeout> | null = null;

async function ask(): Promise<void> {
  const answer = await get<Answer>(`/api/v1/journal?limit=${LIMIT}`);
  journal.value = answer ? answer.entries : null;
}

/** Entries older than one, newest first. */
export async function olderThan(sequence: number): Promise<Answer | null> {
  return get<Answer>(`/api/v1/journal?before=${sequence}&limit=${LIMIT}`);
}

export function start(): void {
  void ask();
  setInterval(() => void ask(), AGAIN_MS);
  let before = '';
  effect(() => {
    const now = picture.value;
    if (!now) return;
    const keys = [...now.effects, ...now.latches, ...now.overrides, ...now.out_of_service].map((row) => row.key);
    const plan = [...now.tiers.map((tier) => tier.stage), ...now.hosts.map((host) => host.state), now.points['shutdown.mode']?.state, now.points['shutdown.held']?.value == null];
    const key = [now.regime, ...now.alarms.map((alarm) => alarm.name + alarm.active + alarm.acknowledged), ...keys, ...plan].join();
    if (key === before) return;
    before = key;
    pending ??= setTimeout(() => {
      pending = null;
      void ask();
    }, SETTLE_MS);
  });
}
