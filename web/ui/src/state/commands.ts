/**
 * Commands and their proof. "Applied" is the controller's word; done is only what the next pictures show.
 */
import { refusalWords, type Refused } from '../model/refusal';
import type { Challenge, Picture } from '../model/picture';
import { post } from './ask';
import { onPicture } from './live';

/** The pictures must show it within this. */
const PROOF_MS = 8000;

export type Outcome =
  | { kind: 'done'; afterS: number; picture: Picture }
  | { kind: 'refused'; refused: Refused }
  | { kind: 'unproven' };

/** A command as it is asked, and what a picture shows once it is done. */
export interface Order {
  body: Record<string, unknown>;
  proven: (picture: Picture) => boolean;
}

/** Persons' one-time responses to a challenge. */
export interface Proofs {
  challenge: string;
  responses: { person: string; digits: string }[];
}

/** Gives a command, with those who stand behind it where there are any, and waits until a picture proves it. */
export async function give(order: Order, proofs?: Proofs): Promise<Outcome> {
  const from = performance.now();
  // Listening begins before the command is given, so that no picture is missed; pictures before the answer do not count.
  let answered = false;
  let settle: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (settle = resolve));
  const unlisten = onPicture((picture) => {
    if (answered && order.proven(picture)) settle({ kind: 'done', afterS: (performance.now() - from) / 1000, picture });
  });
  const answer = await post('/api/v1/commands', { ...order.body, ...proofs });
  answered = true;
  if (answer.status !== 200) settle({ kind: 'refused', refused: refusalWords(answer.status, answer.body) });
  const timer = setTimeout(() => settle({ kind: 'unproven' }), PROOF_MS);
  const result = await outcome;
  clearTimeout(timer);
  unlisten();
  return result;
}

/** A challenge for a command, or why there is none. */
export async function challengeFor(order: Order): Promise<{ challenge: Challenge } | { refused: Refused }> {
  const answer = await post('/api/v1/challenges', order.body);
  if (answer.status === 200) return { challenge: answer.body as Challenge };
  return { refused: refusalWords(answer.status, answer.body) };
}

const raised = (picture: Picture, name: string) => picture.alarms.find((alarm) => alarm.name === name);

/** `comment` empty: none. */
export const acknowledge = (alarm: string, by: string, comment = ''): Order => ({
  body: { command: 'acknowledge', alarm, by, ...(comment === '' ? {} : { comment }) },
  proven: (picture) => raised(picture, alarm)?.acknowledged ?? true,
});

const aside = (picture: Picture, name: string) => picture.alarms_hidden.find((hidden) => hidden.name === name);

/** `minutes` null: until it is gone once. */
export const shelve = (alarm: string, by: string, reason: string, minutes: number | null): Order => ({
  body: { command: 'shelve', alarm, by, reason, ...(minutes === null ? { once: true } : { minutes }) },
  proven: (picture) => aside(picture, alarm)?.by === by && aside(picture, alarm)?.how !== 'out-of-service',
});

export const takeOut = (alarm: string, by: string, reason: string): Order => ({
  body: { command: 'alarm_out_of_service', alarm, by, reason },
  proven: (picture) => aside(picture, alarm)?.how === 'out-of-service',
});

export const bringBack = (alarm: string, by: string, outOfService: boolean): Order => ({
  body: { command: outOfService ? 'alarm_in_service' : 'unshelve', alarm, by },
  proven: (picture) => aside(picture, alarm) === undefined,
});

export const silence = (by: string): Order => ({
  body: { command: 'silence', by },
  proven: (picture) => picture.points['output.horn']?.state === 'no',
});

export const reset = (latches: string[], by: string, inspected: boolean): Order => ({
  body: { command: 'reset', latches, by, inspected },
  proven: (picture) => picture.latches.every((latch) => !latches.includes(latch.key)),
});

export const replaceUnit = (unit: string, serial: string, installed: string, by: string, inspected: boolean): Order => ({
  body: { command: 'replace_unit', unit, serial, installed, by, inspected },
  proven: (picture) => picture.extinguishers[unit]?.serial === serial,
});

export const manual = (speed: number, owner: string, reason: string, minutes: number): Order => ({
  body: { command: 'manual', speed, owner, reason, minutes },
  proven: (picture) => picture.hold?.owner === owner && picture.hold.speed === speed,
});

export const automatic = (owner: string): Order => ({ body: { command: 'automatic', owner }, proven: (picture) => picture.hold === null });

/** It runs, whatever its phase. */
export const selfTest = (by: string, reason: string): Order => ({
  body: { command: 'self_test', by, reason },
  proven: (picture) => (picture.points['self_test.state']?.state ?? 'idle') !== 'idle',
});

export const endSelfTest = (owner: string): Order => ({
  body: { command: 'automatic', owner },
  proven: (picture) => picture.points['self_test.state']?.state === 'idle',
});

export const commissioning = (by: string, reason: string): Order => ({
  body: { command: 'commissioning', by, reason },
  proven: (picture) => (picture.points['commissioning.state']?.state ?? 'idle') !== 'idle',
});

export const endCommissioning = (owner: string): Order => ({
  body: { command: 'automatic', owner },
  proven: (picture) => picture.points['commissioning.state']?.state === 'idle',
});

/** For so long the next stage is held back, and no longer than that is shown. */
export const holdHosts = (by: string, reason: string, minutes: number): Order => ({
  body: { command: 'hold_hosts', by, reason, minutes },
  proven: (picture) => {
    const held = picture.points['shutdown.held']?.value ?? null;
    return held !== null && Math.abs(held - 60 * minutes) < PROOF_MS / 1000 + 2;
  },
});

export const resumeHosts = (by: string): Order => ({
  body: { command: 'resume_hosts', by },
  proven: (picture) => (picture.points['shutdown.held']?.value ?? null) === null && picture.points['shutdown.mode']?.state !== 'stopped by a person',
});

export const abortHosts = (by: string, reason: string): Order => ({
  body: { command: 'abort_hosts', by, reason },
  proven: (picture) => picture.points['shutdown.mode']?.state === 'stopped by a person',
});

/** These hosts, by their numbers; it runs, whatever its phase. */
export const drillHosts = (by: string, reason: string, hosts: readonly number[]): Order => ({
  body: { command: 'drill_hosts', by, reason, hosts },
  proven: (picture) => (picture.points['drill.state']?.state ?? 'none') !== 'none',
});

/** It runs, or is over already: it is the one after the last. */
export const rehearseHosts = (by: string, last: number): Order => ({
  body: { command: 'rehearse_hosts', by },
  proven: (picture) => (picture.points['drill.number']?.value ?? 0) > last,
});

/** Nobody else is told from then on. */
export const endDrill = (by: string, reason: string): Order => ({
  body: { command: 'abort_hosts', by, reason },
  proven: (picture) => picture.points['drill.state']?.state !== 'hosts stop',
});

const overridden = (picture: Picture, input: string) => picture.overrides.find((one) => one.key === input);
const isOut = (picture: Picture, input: string) => picture.out_of_service.some((one) => one.key === input);

/** An override that stands is begun anew: the time that is left tells the new one from the old. */
export const override = (input: string, by: string, reason: string, minutes: number): Order => ({
  body: { command: 'override', input, by, reason, minutes },
  proven: (picture) => {
    const one = overridden(picture, input);
    return one?.by === by && one.reason === reason && Math.abs(one.left_s - 60 * minutes) < PROOF_MS / 1000 + 2;
  },
});

export const endOverride = (input: string, by: string): Order => ({
  body: { command: 'end_override', input, by },
  proven: (picture) => overridden(picture, input) === undefined,
});

export const outOfService = (input: string, by: string, reason: string, serial: string): Order => ({
  body: { command: 'out_of_service', input, by, reason, serial },
  proven: (picture) => isOut(picture, input),
});

export const inService = (input: string, by: string, serial: string): Order => ({
  body: { command: 'in_service', input, by, serial },
  proven: (picture) => !isOut(picture, input),
});
