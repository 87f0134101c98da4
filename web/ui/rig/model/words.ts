/** Words and times of the rig's page. */
import { ageWords, figure, NBSP } from '../../src/model/format';
import type { Job, Picture, Stage } from './picture';

/** Seconds of the rack's clock or of a scenario: 7.3 s, 12:05, 3 d 04:10. */
export function rackTime(seconds: number): string {
  if (seconds < 60) return `${figure(seconds, 1)}${NBSP}s`;
  const [s, days] = [Math.floor(seconds), Math.floor(seconds / 86400)];
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)];
  const clock = days + h > 0 ? `${two(h)}:${two(m)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
  return days > 0 ? `${days}${NBSP}d${NBSP}${clock}` : clock;
}

export const STAGES: Record<Stage, string> = {
  waiting: 'Waits', running: 'Runs', pass: 'Pass', fail: 'Fail', skipped: 'Skipped', ended: 'Ended by hand', broken: 'Broke down',
};

export const isOver = (stage: Stage): boolean => stage !== 'waiting' && stage !== 'running';

export function jobWords(job: Job): string {
  const checks = `${job.good} held${job.bad > 0 ? `, ${job.bad} did not` : ''}`;
  switch (job.stage) {
    case 'waiting': return 'Waits for its turn';
    case 'running': return `Step ${job.step} of ${job.steps}, ${rackTime(job.at_s)} simulated, ${checks}`;
    case 'skipped':
    case 'broken': return job.why;
    default: return `${checks}, ${rackTime(job.at_s)} simulated in ${figure(job.wall_s, 2)}${NBSP}s`;
  }
}

/** The sentence on top, and a line of support. */
export function sentenceOf(picture: Picture): { text: string; support: string; abnormal: boolean } {
  const { departures, truth } = picture;
  const air = `Exhaust ${figure(truth['exhaust'] ?? 0, 1)}${NBSP}°C, blower ${figure(truth['speed'] ?? 0, 0)}${NBSP}rpm, ${figure((truth['power'] ?? 0) / 1000, 1)}${NBSP}kW.`;
  if ((truth['fire'] ?? 0) > 0) return { text: `Fire in the simulated rack: ${figure((truth['fire'] ?? 0) / 1000, 1)}${NBSP}kW.`, support: air, abnormal: true };
  const [first] = departures;
  if (!first) return { text: 'The simulated rack is healthy.', support: air, abnormal: false };
  const text = departures.length === 1 ? `Not as in a healthy rack: ${first.says}.` : `${departures.length} things are not as in a healthy rack.`;
  return { text, support: air, abnormal: true };
}

export const ago = (nowS: number, atS: number): string => `${ageWords(Math.max(0, nowS - atS))} ago`;
