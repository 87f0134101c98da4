/** What was done since the trouble began: the first alarm and the controller's acts, from the journal. */
import type { JournalEntry } from './picture';

export interface Step {
  afterS: number;
  text: string;
}

/** Entries that belong to one trouble begin at most this long before the first open alarm. */
const SLACK_S = 2;
/** Acts by their weight for a person at the rack; what is not here comes after. */
const WEIGHT = ['PDU_OFF', 'HOST_DOWN', 'FAN_OFF', 'HOST_CAP', 'FAN_MAX', 'HOST_PREPARE', 'FIRE', 'HORN', 'HOST_WARN', 'FAN_FLOOR', 'FAN_LEAST', 'PREALARM'];

const weight = (entry: JournalEntry) => {
  const place = WEIGHT.indexOf(entry.name);
  return place < 0 ? WEIGHT.length : place;
};

/** Steps since `beganAt`, oldest first, at most `most`: the alarm `cause` that began it, then the weightiest acts. */
export function doneSince(journal: readonly JournalEntry[], cause: string, beganAt: number, most: number): Step[] {
  const recent = journal
    .filter((entry) => entry.on && entry.time >= beganAt - SLACK_S)
    .sort((a, b) => a.time - b.time || a.sequence - b.sequence);
  const first = recent.find((entry) => entry.kind === 'alarm' && entry.name === cause);
  const start = first?.time ?? beganAt;
  const known = new Set<string>();
  const acts = recent
    .filter((entry) => entry.kind === 'effect' && !known.has(entry.name) && known.add(entry.name))
    .sort((a, b) => weight(a) - weight(b))
    .slice(0, most - (first ? 1 : 0))
    .sort((a, b) => a.time - b.time || weight(a) - weight(b));
  return [...(first ? [first] : []), ...acts].map((entry) => ({ afterS: Math.max(0, entry.time - start), text: entry.text }));
}
