/** Alarm events as flags over the lanes: when each came and went, and where there is room for its words. */
import { rank } from '../model/alarms';
import type { JournalEntry, Priority } from '../model/picture';

export interface Event {
  text: string;
  priority: Priority;
  from: number;
  /** Nothing while it stands. */
  to: number | null;
}

export interface Flag {
  x: number;
  /** Where the shade ends. */
  end: number;
  text: string;
  width: number;
  priority: Priority;
}

/** Alarms of the journal (newest first) as spans of time; one that began before the journal does has no begin and is left out. */
export function eventsOf(journal: readonly JournalEntry[]): Event[] {
  const open = new Map<string, Event>();
  const events: Event[] = [];
  for (const entry of [...journal].reverse()) {
    if (entry.kind !== 'alarm') continue;
    if (entry.on) {
      const event: Event = { text: entry.text, priority: entry.priority ?? 'low', from: entry.time, to: null };
      open.set(entry.name, event);
      events.push(event);
    } else {
      const event = open.get(entry.name);
      if (event) event.to = entry.time;
      open.delete(entry.name);
    }
  }
  return events;
}

/** Around the words of a flag. */
const PAD = 16;
const GAP = 6;

/**
 * Flags that do not overlap, from left to right. One that has no room joins the flag before it ("+2"); the worst of
 * those gives the words.
 */
export function placeFlags(events: readonly Event[], from: number, to: number, width: number, measure: (text: string) => number): Flag[] {
  const x = (time: number) => ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * width;
  const seen = events.filter((event) => (event.to ?? to) >= from && event.from <= to).sort((a, b) => a.from - b.from);
  const groups: { x: number; end: number; events: Event[]; width: number }[] = [];
  const words = (group: Event[]) => {
    const worst = group.reduce((a, b) => (rank(b.priority) < rank(a.priority) ? b : a));
    return group.length === 1 ? worst.text : `${worst.text} +${group.length - 1}`;
  };
  for (const event of seen) {
    const before = groups[groups.length - 1];
    const [start, end] = [x(event.from), x(event.to ?? to)];
    if (before && start < before.x + before.width + GAP) {
      before.events.push(event);
      before.end = Math.max(before.end, end);
      before.width = measure(words(before.events)) + PAD;
    } else {
      groups.push({ x: start, end, events: [event], width: measure(event.text) + PAD });
    }
  }
  return groups.map((group) => {
    const worst = group.events.reduce((a, b) => (rank(b.priority) < rank(a.priority) ? b : a));
    return { x: group.x, end: group.end, text: words(group.events), width: group.width, priority: worst.priority };
  });
}
