/** Ticks of the time axis: round local times, as many as there is room for. */
import { dayMonth, hourMinute } from '../model/format';

export interface TimeTick {
  at: number;
  words: string;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
/** Steps between ticks, each a divisor of the next larger round time. */
const STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 61 * DAY];
/** Room of one tick in px. */
const ROOM = 90;

/** Seconds by which local time is ahead. */
const offset = (at: number) => -new Date(at * 1000).getTimezoneOffset() * 60;

export function timeTicks(from: number, to: number, width: number): TimeTick[] {
  const most = Math.max(2, Math.floor(width / ROOM));
  const step = STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const shift = offset(to);
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) {
    ticks.push({ at, words: step >= DAY ? dayMonth(at) : hourMinute(at) });
  }
  return ticks;
}
