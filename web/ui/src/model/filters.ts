/** Filters and the blower's self-test in words: what is left, when that is, what the last test found. */
import { figure, NBSP } from './format';
import type { Picture } from './picture';
import { numberOf, read, stateOf } from './reading';
import type { Need } from './reset';
import type { Side } from './unit';

/** Days that are shown of the time ahead, at least and at most. */
const AHEAD: readonly number[] = [60, 120, 240, 400];
/** The controller tells no more than this. */
const DAYS_MOST = 3650;

export interface Left {
  best: number;
  low: number;
  high: number;
}

/** Days that a filter has left with the interval that holds them in four of five cases. */
export function leftOf(now: Picture, side: Side, silenceS = 0): Left | null {
  const at = (end: string) => numberOf(read(now, `filter.${side}.days_left${end}`, silenceS));
  const [best, low, high] = [at(''), at('.low'), at('.high')];
  return best === null || low === null || high === null ? null : { best, low, high };
}

/** The scale of the calendar: the shortest that holds both upper ends, and one for all. */
export function aheadOf(left: readonly (Left | null)[]): number {
  const most = Math.max(0, ...left.map((one) => (one ? Math.min(one.high, 2 * one.best + 30) : 0)));
  return AHEAD.find((days) => days >= most) ?? (AHEAD[AHEAD.length - 1] as number);
}

const days = (count: number) => (count >= DAYS_MOST ? 'years' : `${figure(count, 0)}${NBSP}days`);

/** `62 days left, 48 to 90`. */
export function leftWords(left: Left): string {
  if (left.high < 1) return 'at its end';
  if (left.best >= DAYS_MOST) return `no end in sight, ${days(left.low)} at least`;
  const upper = left.high >= DAYS_MOST ? 'years' : figure(left.high, 0);
  return `${days(left.best)} left, ${figure(left.low, 0)} to ${upper}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Day and month so many days on. */
export function dayAfter(unixS: number, ahead: number): string {
  const at = new Date((unixS + 86_400 * ahead) * 1000);
  const year = new Date(unixS * 1000).getFullYear() === at.getFullYear() ? '' : ` ${at.getFullYear()}`;
  return `${at.getDate()}${NBSP}${MONTHS[at.getMonth()]}${year}`;
}

/** Names of months stand at least so far apart, as a share of the calendar. */
const APART = 0.13;

/** First days of the months ahead, as shares of the calendar; those whose names would touch are left out. */
export function monthsAhead(unixS: number, ahead: number): { name: string; at: number }[] {
  const from = new Date(unixS * 1000);
  const months: { name: string; at: number }[] = [];
  for (let month = 1; month <= 14; month += 1) {
    const first = new Date(from.getFullYear(), from.getMonth() + month, 1);
    const at = (first.getTime() / 1000 - unixS) / 86_400 / ahead;
    if (at > 1 - APART / 2) break;
    const last = months[months.length - 1]?.at ?? 0;
    if (at - last >= APART) months.push({ name: MONTHS[first.getMonth()] as string, at });
  }
  return months;
}

const FINDINGS = [
  'pressures over the filters not readable', 'blower not at full speed by its tachometer', 'a pressure sensor’s zero off by more than 2 Pa',
  'coast-down not seen', 'power at full speed not seen', 'a filter is missing', 'bearings worn',
];

/** What the bits of the findings say. */
export function findingWords(bits: number | null): string[] {
  return bits === null ? [] : FINDINGS.filter((_, bit) => (Math.floor(bits) >> bit) % 2 === 1);
}

/** The last test in words. */
export function resultWords(now: Picture, silenceS = 0): string {
  const result = stateOf(read(now, 'self_test.result', silenceS));
  const last = numberOf(read(now, 'self_test.last', silenceS));
  const when = last === null ? '' : `, ${dayAfter(last, 0)}`;
  switch (result) {
    case null:
      return 'not known';
    case 'none yet':
      return 'none yet';
    case 'passed':
      return `passed${when}`;
    case 'failed':
      return `found something${when}`;
    default:
      return `${result}${when}`;
  }
}

/** What has to be so for a test, as far as the page can see. */
export function selfTestNeeds(now: Picture, targetC: number | null): Need[] {
  const exhaust = numberOf(read(now, 'rack.exhaust.temperature'));
  const door = stateOf(read(now, 'door.open'));
  return [
    { name: 'Automatic control', met: now.regime === 'normal', missing: now.regime ?? 'not automatic' },
    { name: 'Door closed', met: door === null ? null : door === 'no', missing: 'close it' },
    { name: 'No latch', met: now.latches.length === 0, missing: 'reset it' },
    { name: 'Exhaust not warmer than held', met: exhaust === null || targetC === null ? null : exhaust <= targetC + 1, missing: 'wait' },
  ];
}
