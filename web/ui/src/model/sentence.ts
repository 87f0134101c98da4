/** The sentence on top: what matters now and what to do. One sentence, one line of support, at most one button. */
import { wheelsOf, type Wheel } from './air';
import { topAlarm } from './alarms';
import { figure, lowerFirst, NBSP, withUnit } from './format';
import { planLine } from './hosts';
import type { Alarm, Picture, Priority } from './picture';
import { numberOf, read } from './reading';

export type Act = 'acknowledge' | 'silence' | 'reset' | 'automatic';

export interface Sentence {
  /** Priority of what it speaks of; none when all is normal. */
  priority: Priority | null;
  /** The condition still stands: only then a critical sentence is red. */
  active: boolean;
  text: string;
  support: string;
  act: Act | null;
  alarm: Alarm | null;
  /** Changes when there is something new to announce. */
  key: string;
}

const stop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Sentences of an action text. */
function sentences(text: string): string[] {
  return text
    .split(/\.\s+/)
    .map((part) => part.trim().replace(/\.$/, ''))
    .filter((part) => part !== '');
}

/** The one button: what the top alarm needs next. */
function fittingAct(picture: Picture, alarm: Alarm | null): Act | null {
  if (alarm && !alarm.acknowledged) return 'acknowledge';
  if (picture.points['output.horn']?.state === 'yes') return 'silence';
  // While a cause stands, a reset would only be refused.
  const over = picture.interlocks.every((cause) => !(cause.latched && cause.active));
  if (picture.latches.length > 0 && over) return 'reset';
  if (picture.hold) return 'automatic';
  return null;
}

/** What follows if nobody does anything; where hosts go down already, how far they are instead of that they may. */
function consequenceOf(picture: Picture, alarm: Alarm): string {
  const line = /\bhosts\b.* down\b/i.test(alarm.consequence) ? planLine(picture, false) : null;
  return line ?? alarm.consequence;
}

function ofAlarm(picture: Picture, alarm: Alarm): { text: string; support: string } {
  if (!alarm.active) {
    return { text: `Over: ${lowerFirst(stop(alarm.text))}`, support: 'Back to normal, but nobody has acknowledged it.' };
  }
  const [first, ...rest] = sentences(alarm.action);
  return {
    text: first ? `${alarm.text}: ${lowerFirst(stop(first))}` : stop(alarm.text),
    support: [...rest, consequenceOf(picture, alarm)].map(stop).join(' '),
  };
}

/** Why the blower turns slower than anybody wishes. */
export const SLOWED = 'Slowed while water may condense in the rack; heat has it back.';
export const isSlowed = (picture: Picture): boolean => picture.effects.some((effect) => effect.key === 'FAN_LEAST');

/** What the controller does while nothing is wrong. */
function quiet(picture: Picture): { text: string; support: string } {
  const { hold } = picture;
  if (hold) {
    const left = Math.max(1, Math.round(hold.left_s / 60));
    return {
      text: `Blower held at ${figure(hold.speed, 0)}${NBSP}% by ${hold.owner}.`,
      support: `${stop(hold.reason)} ${left}${NBSP}min left, then automatic again.${isSlowed(picture) ? ` ${SLOWED}` : ''}`,
    };
  }
  if (picture.latches.length > 0) {
    const titles = picture.latches.map((latch) => lowerFirst(latch.title)).join(', ');
    return { text: `Latched: ${titles}.`, support: 'Causes are over. Inspect, then reset at the rack.' };
  }
  return { text: 'All normal, nothing to do.', support: nextJob(picture) ?? holds(picture) };
}

/** The filter that ends first, when its days are known. */
function nextJob(picture: Picture): string | null {
  const days = (['left', 'right'] as const)
    .map((side) => ({ side, left: numberOf(read(picture, `filter.${side}.days_left`)) }))
    .filter((filter): filter is { side: 'left' | 'right'; left: number } => filter.left !== null)
    .sort((a, b) => a.left - b.left)[0];
  if (!days) return null;
  const low = numberOf(read(picture, `filter.${days.side}.days_left.low`));
  const high = numberOf(read(picture, `filter.${days.side}.days_left.high`));
  const band = low !== null && high !== null ? `, likely ${figure(low, 0)} to ${figure(high, 0)}` : '';
  return `Next job: change the ${days.side} filter (${figure(days.left, 0)} days${band}).`;
}

/** Which of two blowers run. */
function runningWords([a, b]: [Wheel, Wheel]): string {
  if (a === 'running' && b !== 'running') return 'blower A';
  return b === 'running' && a !== 'running' ? 'blower B' : 'both blowers';
}

function holds(picture: Picture): string {
  const exhaust = numberOf(read(picture, 'rack.exhaust.temperature'));
  const two = wheelsOf(picture, 0);
  const drive = two ? picture.fan.drive : numberOf(read(picture, 'blower.a.duty'));
  const parts = [];
  if (exhaust !== null) parts.push(`Exhaust ${withUnit(exhaust, '°C')}`);
  if (drive !== null) parts.push(`${two ? runningWords(two) : 'blower'} ${withUnit(drive, '%')}`);
  return parts.length > 0 ? `${parts.join(', ')}.` : '';
}

/** The sentence of a picture. */
export function sentenceOf(picture: Picture): Sentence {
  const alarm = topAlarm(picture.alarms);
  const { text, support } = alarm ? ofAlarm(picture, alarm) : quiet(picture);
  return {
    priority: alarm?.priority ?? null,
    active: alarm?.active ?? false,
    text,
    support,
    act: fittingAct(picture, alarm),
    alarm,
    key: alarm ? `${alarm.name} ${alarm.active}` : text,
  };
}
