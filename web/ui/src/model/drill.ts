/** Drills of the hosts' shutdown: how far one is, what a person may start, and the reports that are kept. */
import { timeWords } from './format';
import { tiersOf, type Host, type Look } from './hosts';
import type { Picture } from './picture';
import { numberOf, read, stateOf } from './reading';

export interface DrilledHost {
  name: string;
  tier: string | null;
  result: string;
  begun_s: number | null;
  stopped_s: number | null;
  proven_by: string[];
  back_s: number | null;
  remarks: string[];
}

export interface DrillReport {
  kind: string;
  number: number;
  time: number;
  result: string;
  by: string | null;
  reason: string | null;
  hosts: DrilledHost[];
  /** Of a rehearsal; reports of older controllers have none. */
  stages?: RehearsedStage[];
}

/** A stage as it would be, one tier after the other, in seconds from the order at the latest. */
export interface RehearsedStage {
  tier: string;
  hosts: number;
  told_s: number;
  over_s: number;
}

/** What a shutdown would be now, one tier after the other; null where the report does not say. */
export function stagesWords(stages: readonly RehearsedStage[] | undefined): string | null {
  const last = stages?.[stages.length - 1];
  if (!stages || !last) return null;
  const told = stages.map((stage) => `${stage.tier} ${stage.told_s === 0 ? 'at once' : `after ${timeWords(Math.ceil(stage.told_s))}`}`);
  return `An order now would tell ${told.join(', ')}; the last stage is over after ${timeWords(Math.ceil(last.over_s))}. At the latest: each goes on as soon as the one before is down.`;
}

export const drillState = (picture: Picture, silenceS = 0): string | null => stateOf(read(picture, 'drill.state', silenceS));
export const isDrilling = (picture: Picture): boolean => !['none', null].includes(drillState(picture));

const STATES: Record<string, string> = {
  none: 'No drill runs', rehearsal: 'A rehearsal runs', 'hosts stop': 'Hosts stop', 'ending, nobody else is told': 'Ending: nobody else is told',
  'hosts come back': 'Hosts come back',
};
export const drillWords = (state: string | null): string => (state === null ? '' : (STATES[state] ?? state));

/** How far a running drill or rehearsal is, in one line. */
export function progressWords(picture: Picture): string {
  if (drillState(picture) === 'rehearsal') return 'Every channel is looked at, and those that can answer are asked. Its report comes within half a minute; a real shutdown ends it at once.';
  const done = numberOf(read(picture, 'drill.done')) ?? 0;
  const failed = numberOf(read(picture, 'drill.failed')) ?? 0;
  return `${done} ${done === 1 ? 'host has' : 'hosts have'} stopped and come back${failed > 0 ? `, ${failed} not in time` : ''}.`;
}

/** Hosts that a drill can stop: those that can be proven off. */
export const drillable = (picture: Picture): Host[] => tiersOf(picture).flatMap((tier) => tier.hosts.filter((host) => host.row.off_by !== null));

/** What hosts that are started again would lack now. */
function notYet(picture: Picture): string {
  if (picture.latches.length > 0) return 'Not while something is latched: hosts could not be started again.';
  const voters = numberOf(read(picture, 'vote.exhaust.voters'));
  if (voters !== null && voters < 2) return 'Not yet: two exhaust probes have to vote before hosts may be started again.';
  return 'Not yet: before hosts may be started again the blower has to be proven, and the exhaust 5 K below its high limit.';
}

/** Why no drill can start, as far as the page can see; null where one can. */
export function drillForbids(picture: Picture): string | null {
  if (isDrilling(picture)) return 'A drill runs already.';
  const stage = stateOf(read(picture, 'shutdown.stage'));
  if (stage !== 'normal') return 'Only at rest: nothing may warn, and no host may be down or on its way back.';
  if (stateOf(read(picture, 'hosts.may_start')) === 'no') return notYet(picture);
  if (drillable(picture).length === 0) return 'No host can be proven off: name two observations in the site’s file.';
  return null;
}

/** Why no rehearsal can start; null where one can. */
export function rehearsalForbids(picture: Picture): string | null {
  if (isDrilling(picture)) return 'A drill or rehearsal runs already.';
  return tiersOf(picture).some((tier) => tier.told) ? 'Not while hosts are down or on their way back.' : null;
}

export const drillNumber = (picture: Picture): number => numberOf(read(picture, 'drill.number')) ?? 0;

export const isGood = (result: string): boolean => result === 'passed' || result === 'ready';

/** Shape beside a result: never by colour alone. */
export const resultLook = (result: string): Look =>
  isGood(result) ? 'off' : result === 'failed' || result === 'not ready' ? 'late' : result === 'not told' ? 'unknown' : 'warned';

/** What a drill has measured of a host, in words. */
export function measuredWords(host: DrilledHost): string {
  const parts = [
    host.begun_s === null ? null : `began to stop after ${timeWords(Math.ceil(host.begun_s))}`,
    host.stopped_s === null ? null : `off after ${timeWords(Math.ceil(host.stopped_s))}`,
    host.proven_by.length === 0 ? null : `proven by ${host.proven_by.join(' and ')}`,
    host.back_s === null ? null : `back after ${timeWords(Math.ceil(host.back_s))}`,
  ].filter((part) => part !== null);
  const text = parts.join(', ');
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
