/** What was done since the trouble began: the journal's effects and alarms, counted from the first of them. */
import type { JournalEntry } from './picture';

export interface Step {
  afterS: number;
  text: string;
}

/** Entries that belong to one trouble begin at most this long before the first open alarm. */
const SLACK_S = 2;

/**
 * Steps since `beganAt`, oldest first, at most `most`: the first, then the newest. Only what came (not what ended),
 * and not causes, which the alarms say already.
 */
export function doneSince(journal: readonly JournalEntry[], beganAt: number, most: number): Step[] {
  const steps = journal
    .filter((entry) => entry.on && entry.time >= beganAt - SLACK_S && entry.kind !== 'cause' && entry.kind !== 'regime')
    .sort((a, b) => a.time - b.time || a.sequence - b.sequence);
  const start = steps[0]?.time ?? beganAt;
  const seen = new Set<string>();
  const unique = steps.filter((entry) => !seen.has(entry.text) && seen.add(entry.text));
  const kept = unique.length <= most ? unique : [...unique.slice(0, 1), ...unique.slice(1 - most)];
  return kept.map((entry) => ({ afterS: entry.time - start, text: entry.text }));
}
