/** What has to be so for a commissioning run, as far as the page can see. */
import { selfTestNeeds } from './filters';
import type { Picture } from './picture';
import { stateOf, read } from './reading';
import type { Need } from './reset';

export function commissioningNeeds(now: Picture, targetC: number | null): Need[] {
  const test = stateOf(read(now, 'self_test.state'));
  return [
    ...selfTestNeeds(now, targetC),
    { name: 'No self-test runs', met: test === null ? null : test === 'idle', missing: 'let it end' },
  ];
}

/** What to do about a fit that was refused. */
const WAY_OUT: Record<string, string> = {
  'refused: too short': 'Let it run to its end.',
  'refused: speed hardly changed': 'Look at the blower and its tachometer, and whether a slow level became too warm at once.',
  'refused: too little heat': 'Give the hosts more to do, evenly, and sweep again.',
  'refused: colder with less air': 'Exhaust and room probes may be swapped, or the tachometer lies.',
  'refused: draft does not follow speed': 'Look at the tubes of the draft sensor.',
  'refused: unexplained': 'Something changed that no sensor reads: keep door, panels, filters and hosts as they are, and sweep again.',
  'refused: flow is not of this make': 'Look for a leak or a missing panel, and at meters and probes.',
  'refused: heat is not of this make': 'Look at the meters and at the exhaust probes.',
};

/** The way out of a result, where it needs one. */
export const wayOut = (result: string | null): string | null => (result === null ? null : (WAY_OUT[result] ?? null));
