/** The time that runs out, if one does. It counts down between pictures and never upwards by itself. */
import { NBSP } from './format';
import type { Picture } from './picture';
import { numberOf, read, stateOf } from './reading';

/** A predicted time above this is no news. */
export const NEAR_S = 600;

export interface Countdown {
  /** What the clock shows at the picture's time. */
  leftS: number;
  /** Two short lines beside the figure. */
  lines: [string, string];
}

/** The countdown of a picture: a running sequence first, else a predicted trip while something is wrong. */
export function countdownOf(picture: Picture): Countdown | null {
  const running = numberOf(read(picture, 'shutdown.countdown'));
  if (running !== null) {
    const stage = stateOf(read(picture, 'shutdown.stage'));
    return { leftS: running, lines: stage === 'shutting down' ? ['until the hosts’', 'power is cut'] : ['until hosts', 'shut down'] };
  }
  const low = numberOf(read(picture, 'time_to.shutdown.low'));
  const urgent = picture.alarms.some((alarm) => alarm.active && (alarm.priority === 'critical' || alarm.priority === 'high'));
  if (low === null || low > NEAR_S || low <= 0 || !urgent) return null;
  const high = numberOf(read(picture, 'time_to.shutdown.high'));
  const band = high === null ? 'at the earliest' : `${Math.floor(low)} to ${Math.floor(high)}${NBSP}s`;
  return { leftS: low, lines: ['to the limit', band] };
}

/** What the clock shows now: the least of what it showed and what the newest picture says, less the time since. */
export function runDown(before: { leftS: number; atS: number } | null, leftS: number, nowS: number): number {
  if (!before) return leftS;
  const run = before.leftS - (nowS - before.atS);
  // A new sequence or a real gain of time may set it higher; noise of a second or two may not.
  return leftS > run + 3 ? leftS : Math.max(0, Math.min(run, leftS));
}
