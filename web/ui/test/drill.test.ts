// Drills of the hosts' shutdown: what may start one, what its report says, and what is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drillable, drillForbids, drillWords, isDrilling, measuredWords, progressWords, rehearsalForbids, resultLook, stagesWords, type DrilledHost } from '../src/model/drill';
import { drillHosts, endDrill, rehearseHosts } from '../src/state/commands';
import type { Point, Titled } from '../src/model/picture';
import { picture, point, state, NOBODY } from './support';

const host = (name: string, proven: boolean) => ({ name, tier: 'compute', state: 'online', off_by: proven ? ['tcp', 'bmc'] : null, last_stops_s: [], evidence: [] });
const rack = (drill: string, stage = 'normal', proven = true) =>
  picture({
    tiers: [{ name: 'compute', stage: 'normal', time_left_s: null, length_s: 30, stop_s: 10, reason: null, on_controller_loss: 'stay', clients: NOBODY }],
    hosts: [host('a', proven), host('b', false)],
    points: { 'drill.state': state(drill), 'shutdown.stage': state(stage), 'drill.done': point(1, ''), 'drill.failed': point(2, '') },
  });

test('a drill starts at rest only, and for hosts that can be proven off', () => {
  assert.equal(drillForbids(rack('none')), null);
  assert.match(drillForbids(rack('hosts stop')) ?? '', /runs already/);
  assert.match(drillForbids(rack('none', 'prepare')) ?? '', /at rest/);
  const locked = (points: Record<string, Point>, latches: Titled[] = []) => drillForbids({ ...rack('none'), latches, points: { ...rack('none').points, 'hosts.may_start': state('no'), ...points } });
  assert.match(locked({}) ?? '', /blower has to be proven/);
  assert.match(locked({ 'vote.exhaust.voters': point(1, '') }) ?? '', /two exhaust probes/);
  assert.match(locked({}, [{ key: 'fire', title: 'Fire' }]) ?? '', /latched/);
  assert.match(drillForbids(rack('none', 'normal', false)) ?? '', /proven off/);
  assert.deepEqual([rehearsalForbids(rack('none', 'prepare')), rehearsalForbids(rack('rehearsal')) === null], [null, false]);
  assert.deepEqual(drillable(rack('none')).map((one) => [one.row.name, one.number]), [['a', 1]]);
  assert.deepEqual([isDrilling(rack('none')), isDrilling(rack('hosts come back'))], [false, true]);
});

test('the stages of an order that came now', () => {
  const stage = (tier: string, told_s: number) => ({ tier, hosts: 1, told_s, over_s: told_s + 54 });
  assert.deepEqual([stagesWords(undefined), stagesWords([])], [null, null]);
  assert.match(stagesWords([stage('compute', 0), stage('storage', 54)]) ?? '', /tell compute at once, storage after 54\u00a0s; the last stage is over after 1:48\u00a0min/);
});

test('how far it is, and what was measured, in words', () => {
  assert.match(progressWords(rack('rehearsal')), /report comes within half a minute/);
  assert.equal(progressWords(rack('hosts stop')), '1 host has stopped and come back, 2 not in time.');
  assert.equal(new Set(['none', 'rehearsal', 'hosts stop', 'ending, nobody else is told', 'hosts come back'].map(drillWords)).size, 5);
  const one: DrilledHost = { name: 'a', tier: null, result: 'passed', begun_s: 1.2, stopped_s: 41, proven_by: ['tcp', 'bmc'], back_s: 80.5, remarks: [] };
  assert.equal(measuredWords(one), 'Began to stop after 2\u00a0s, off after 41\u00a0s, proven by tcp and bmc, back after 81\u00a0s.');
  assert.equal(measuredWords({ ...one, begun_s: null, stopped_s: null, proven_by: [], back_s: null }), '');
  assert.deepEqual(['passed', 'failed', 'not told', 'ready with remarks'].map(resultLook), ['off', 'late', 'unknown', 'warned']);
});

test('commands name the hosts by number and are proven by the picture', () => {
  const order = drillHosts('mara', 'yearly', [1, 3]);
  assert.deepEqual(order.body, { command: 'drill_hosts', by: 'mara', reason: 'yearly', hosts: [1, 3] });
  assert.deepEqual([order.proven(rack('none')), order.proven(rack('hosts stop'))], [false, true]);
  const rehearsal = rehearseHosts('mara', 3);
  const numbered = (number: number) => picture({ points: { 'drill.number': point(number, '') } });
  assert.deepEqual([rehearsal.proven(numbered(3)), rehearsal.proven(numbered(4))], [false, true]);
  const end = endDrill('mara', 'enough');
  assert.deepEqual([end.proven(rack('hosts stop')), end.proven(rack('ending, nobody else is told'))], [false, true]);
});
