/**
 * Commands and their proof. "Applied" is the controller's word; done is only what the next pictures show.
 */
import { refusalWords, type Refused } from '../model/refusal';
import type { Picture } from '../model/picture';
import { post } from './ask';
import { onPicture } from './live';

/** The pictures must show it within this. */
const PROOF_MS = 8000;

export type Outcome =
  | { kind: 'done'; afterS: number; picture: Picture }
  | { kind: 'refused'; refused: Refused }
  | { kind: 'unproven' };

/** Gives a command and waits until a picture proves it. */
export async function order(command: Record<string, unknown>, proven: (picture: Picture) => boolean): Promise<Outcome> {
  const from = performance.now();
  // Listening begins before the command is given, so that no picture is missed; pictures before the answer do not count.
  let answered = false;
  let settle: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (settle = resolve));
  const unlisten = onPicture((picture) => {
    if (answered && proven(picture)) settle({ kind: 'done', afterS: (performance.now() - from) / 1000, picture });
  });
  const answer = await post(command);
  answered = true;
  if (answer.status !== 200) settle({ kind: 'refused', refused: refusalWords(answer.status, answer.body) });
  const timer = setTimeout(() => settle({ kind: 'unproven' }), PROOF_MS);
  const result = await outcome;
  clearTimeout(timer);
  unlisten();
  return result;
}

const raised = (picture: Picture, name: string) => picture.alarms.find((alarm) => alarm.name === name);

export const acknowledge = (alarm: string, by: string): Promise<Outcome> =>
  order({ command: 'acknowledge', alarm, by }, (picture) => raised(picture, alarm)?.acknowledged ?? true);

const aside = (picture: Picture, name: string) => picture.alarms_hidden.find((hidden) => hidden.name === name);

/** `minutes` null: until it is gone once. */
export const shelve = (alarm: string, by: string, reason: string, minutes: number | null): Promise<Outcome> =>
  order(
    { command: 'shelve', alarm, by, reason, ...(minutes === null ? { once: true } : { minutes }) },
    (picture) => aside(picture, alarm)?.by === by && aside(picture, alarm)?.how !== 'out-of-service',
  );

export const takeOut = (alarm: string, by: string, reason: string): Promise<Outcome> =>
  order({ command: 'alarm_out_of_service', alarm, by, reason }, (picture) => aside(picture, alarm)?.how === 'out-of-service');

export const bringBack = (alarm: string, by: string, outOfService: boolean): Promise<Outcome> =>
  order({ command: outOfService ? 'alarm_in_service' : 'unshelve', alarm, by }, (picture) => aside(picture, alarm) === undefined);

export const silence = (by: string): Promise<Outcome> =>
  order({ command: 'silence', by }, (picture) => picture.points['output.horn']?.state === 'no');

export const reset = (latches: string[], by: string, inspected: boolean): Promise<Outcome> =>
  order({ command: 'reset', latches, by, inspected }, (picture) => picture.latches.every((latch) => !latches.includes(latch.key)));

export const replaceUnit = (unit: string, serial: string, installed: string, by: string, inspected: boolean): Promise<Outcome> =>
  order({ command: 'replace_unit', unit, serial, installed, by, inspected }, (picture) => picture.extinguishers[unit]?.serial === serial);

export const manual = (speed: number, owner: string, reason: string, minutes: number): Promise<Outcome> =>
  order({ command: 'manual', speed, owner, reason, minutes }, (picture) => picture.hold?.owner === owner && picture.hold.speed === speed);

export const automatic = (owner: string): Promise<Outcome> => order({ command: 'automatic', owner }, (picture) => picture.hold === null);
