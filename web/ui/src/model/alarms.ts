/** Which alarm comes first, which are folded, and which colours which point. */
import { ageWords, clock } from './format';
import type { Alarm, HiddenAlarm, JournalEntry, Picture, Priority } from './picture';
import { numberOf, read, stateOf } from './reading';

const ORDER: readonly Priority[] = ['critical', 'high', 'medium', 'low'];

/** 1 critical to 4 low: the number in the shape. */
export function rank(priority: Priority): 1 | 2 | 3 | 4 {
  return (ORDER.indexOf(priority) + 1) as 1 | 2 | 3 | 4;
}

/** A critical alarm is never folded, whatever explains it. */
export function isFollowOn(alarm: Alarm): boolean {
  return alarm.follows !== null && alarm.priority !== 'critical';
}

/** What the sentence speaks of: still true before over, then the priority, then the first out; follow-ons never. */
export function topAlarm(alarms: readonly Alarm[]): Alarm | null {
  const open = alarms.filter((alarm) => !isFollowOn(alarm));
  open.sort(
    (a, b) =>
      Number(b.active) - Number(a.active) || rank(a.priority) - rank(b.priority) || b.since_s - a.since_s || a.number - b.number,
  );
  return open[0] ?? null;
}

/** The order of the alarm page: not acknowledged first, then by priority, then the newest. */
export function listOrder(alarms: readonly Alarm[]): Alarm[] {
  return [...alarms].sort(
    (a, b) =>
      Number(a.acknowledged) - Number(b.acknowledged) ||
      rank(a.priority) - rank(b.priority) ||
      a.since_s - b.since_s ||
      a.number - b.number,
  );
}

/** The alarms that are shown, the follow-ons that are counted, and what a flood counts by group. */
export function fold(alarms: readonly Alarm[]): { shown: Alarm[]; folded: Alarm[]; flooded: Map<string, Alarm[]> } {
  const ordered = listOrder(alarms);
  const flooded = new Map<string, Alarm[]>();
  for (const alarm of ordered.filter((one) => one.folded && !isFollowOn(one))) {
    flooded.set(alarm.group, [...(flooded.get(alarm.group) ?? []), alarm]);
  }
  return { shown: ordered.filter((alarm) => !isFollowOn(alarm) && !alarm.folded), folded: ordered.filter(isFollowOn), flooded };
}

/** "4 alarms: 2 medium, 2 low". */
export function countWords(alarms: readonly Alarm[]): string {
  const counts = ORDER.map((priority) => [alarms.filter((alarm) => alarm.priority === priority).length, priority] as const);
  const parts = counts.filter(([count]) => count > 0).map(([count, priority]) => `${count} ${priority}`);
  return `${alarms.length} ${alarms.length === 1 ? 'alarm' : 'alarms'}: ${parts.join(', ')}`;
}

/** "first of the fire group, 12:03:04", where it was and others of its group are open. */
export function firstWords(picture: Picture, alarm: Alarm): string | null {
  const first = picture.first_out.find((one) => one.name === alarm.name);
  const others = picture.alarms.some((one) => one.group === alarm.group && one.name !== alarm.name);
  return first && others ? `first of the ${first.group} group, ${clock(picture.time - first.since_s)}` : null;
}

/** The words of what is put aside: how, and until when. */
export function asideWords(hidden: HiddenAlarm): string {
  const left = hidden.left_s === null ? '' : ageWords(hidden.left_s);
  if (hidden.how === 'out-of-service') return 'Out of service until somebody takes it back, or the controller restarts';
  return hidden.how === 'once' ? `Shelved until it is gone once, for ${left} at most` : `Shelved for ${left} more`;
}

/** States in which the points of an alarm about hosts or outlets are what it is about; all others are everyday work, or another one's. */
const SHOWS_IN: Record<string, ReadonlySet<string>> = {
  'host.not_down': new Set(['unresponsive', 'down, one observation', 'forced off']),
  'host.heard_but_stays': new Set(['notified', 'unresponsive']),
  'outlet.not_obeyed': new Set(['not obeyed']),
};

/** Every state that a point has while nothing is wrong with it. */
const SOUND_STATES = new Set(['armed', 'normal', 'no']);
/** Flags that are sound while they are set. */
const SOUND_WHEN_SET = /\.(present|home|alive|realtime)$/;

/** The stage of a host's tier is over: of one that seems to be down that is what makes it late. */
function isLate(picture: Picture, host: string): boolean {
  const tier = picture.hosts[Number(host.split('.')[1]) - 1]?.tier ?? '';
  const place = picture.tiers.findIndex((one) => one.name === tier);
  return place >= 0 && numberOf(read(picture, `tier.${place + 1}.time_left`)) === null;
}

/**
 * Whether a point that an alarm names shows the fault itself. An alarm names both filters; only the loaded one is
 * to be coloured. A point that cannot tell is coloured.
 */
function shows(picture: Picture, alarm: Alarm, name: string): boolean {
  const reading = read(picture, name);
  if (reading.kind === 'unfitted') return false;
  const states = SHOWS_IN[alarm.name];
  if (states !== undefined) {
    const state = stateOf(reading) ?? '';
    return states.has(state) && (alarm.name !== 'host.not_down' || state === 'unresponsive' || isLate(picture, name));
  }
  if (reading.kind !== 'value' || reading.state === undefined) return true;
  return SOUND_WHEN_SET.test(name) ? reading.state !== 'yes' : !SOUND_STATES.has(reading.state);
}

/** Of pairs measured as numbers, an alarm shows at the worse one: filters by their resistance. */
function isWorse(picture: Picture, name: string, names: readonly string[]): boolean {
  if (!name.endsWith('.resistance')) return true;
  const of = (other: string) => picture.points[other]?.value ?? 0;
  return names.every((other) => of(name) >= of(other) * 0.9);
}

/** Hosts and outlets that an alarm is about now, by the names of the site; none of any other alarm. */
export function placesOf(picture: Picture, alarm: Alarm): string[] {
  if (SHOWS_IN[alarm.name] === undefined) return [];
  return alarm.points.filter((name) => shows(picture, alarm, name)).map((name) => {
    const number = Number(name.split('.')[1]);
    if (name.startsWith('host.')) return picture.hosts[number - 1]?.name ?? `host ${number}`;
    const row = picture.outlets.find((outlet) => outlet.number === number);
    return row === undefined ? `outlet ${number}` : `outlet ${number} (${row.feeds})`;
  });
}

/** The alarm that colours a point now: the worst one that stands; a cause before a follow-on. */
export function alarmAt(picture: Picture, ...names: readonly string[]): Alarm | null {
  const at = picture.alarms.filter(
    (alarm) =>
      alarm.active &&
      alarm.points.some((name) => names.includes(name) && shows(picture, alarm, name) && isWorse(picture, name, alarm.points)),
  );
  at.sort((a, b) => Number(isFollowOn(a)) - Number(isFollowOn(b)) || rank(a.priority) - rank(b.priority));
  return at[0] ?? null;
}

/** Who acknowledged an alarm last, when, and what was found, from the newest of the journal; null where it does not say. */
export function acknowledgedBy(newestFirst: readonly JournalEntry[], name: string): { time: number; by: string; why: string } | null {
  const last = newestFirst.find((entry) => entry.kind === 'acknowledge' && entry.name === name);
  return last?.on && last.by !== undefined ? { time: last.time, by: last.by, why: last.why ?? '' } : null;
}

/** Words for an alarm's state. */
export function stateWords(alarm: Alarm, first: string | null = null): string {
  const process = alarm.process === 'latched' ? 'Over, held by its latch' : alarm.active ? 'Active' : 'Back to normal';
  const parts = [process, alarm.acknowledged ? 'acknowledged' : 'not acknowledged'];
  if (first !== null) parts.push(first);
  if (alarm.chattering) parts.push('chatters: three times within a minute');
  return parts.join(', ');
}

const isLoud = (alarm: Alarm) => !alarm.acknowledged && rank(alarm.priority) <= 2 && !isFollowOn(alarm);

/**
 * What blinks: priority 1 and 2 that nobody has acknowledged, two shapes at most. The sentence has the first of them,
 * a list the other.
 */
export function blinking(alarms: readonly Alarm[]): { sentence: boolean; listed: string | null } {
  const top = topAlarm(alarms);
  const other = listOrder(alarms).find((alarm) => isLoud(alarm) && alarm.name !== top?.name);
  return { sentence: top !== null && isLoud(top), listed: other?.name ?? null };
}

/** What starts the title of the page. */
export function titleWords(alarms: readonly Alarm[], rack: string): string {
  for (const priority of ORDER) {
    const count = alarms.filter((alarm) => alarm.priority === priority && !isFollowOn(alarm)).length;
    if (count > 0) return `${count} ${priority}: ${rack}`;
  }
  return rack;
}
