// The hosts' shutdown: what a picture says of it, and what it allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becauseWords, byWhom, causeWords, clientsWords, forbids, hostWords, isUnderWay, marginOf, nextStep, orderWords, planLine, proofWords, recordOf, recordWords, selfWords, sinceOf, stopsWords, tiersOf, tierWords, whyWords } from '../src/model/hosts';
import type { Picture, Point } from '../src/model/picture';
import { LOST_AFTER_S } from '../src/model/reading';
import { sentenceOf } from '../src/model/sentence';
import { abortHosts, holdHosts, resumeHosts } from '../src/state/commands';
import { alarm, entry, picture, point, state, NOBODY } from './support';

const DOWN = [{ key: 'HOST_DOWN', title: 'Hosts shut down' }];
const cause = (active: boolean) => [{ code: 'C20', title: 'Mains lost', active, latched: true, stands_s: null, latched_s: 3, silenced: false, holds: ['HOST_DOWN'], waits: [] }];

/** Two tiers in these stages. */
function plan(stages: [string, string], points: Record<string, Point> = {}, rest: Partial<Picture> = {}): Picture {
  const tier = (name: string, stage: string) => ({ name, stage, time_left_s: null, length_s: 30, stop_s: 10, reason: null, on_controller_loss: 'stay', clients: NOBODY });
  return picture({
    effects: DOWN, interlocks: cause(true),
    tiers: [tier('compute', stages[0]), tier('storage', stages[1])],
    hosts: [
      { name: 'node-1', tier: 'compute', state: 'notified', off_by: ['agent', 'bmc'], last_stops_s: [41, 43.2], evidence: [] },
      { name: 'san', tier: 'storage', state: 'online', off_by: null, last_stops_s: [], evidence: [] },
      { name: 'node-2', tier: 'compute', state: 'unknown', off_by: ['tcp', 'power'], last_stops_s: [7], evidence: [] },
    ],
    points: {
      'tier.1.stage': state(stages[0]), 'tier.2.stage': state(stages[1]), 'tier.1.reason': state('it is the first'), 'host.1.state': state('notified'), 'host.2.state': state('online'),
      'host.3.state': state('unknown'), 'shutdown.mode': state('one tier after the other'), 'shutdown.stage': state('shutting down'), ...points,
    },
    ...rest,
  });
}

test('tiers keep their order, hosts stand under theirs with their own point, and all grow old together', () => {
  const now = plan(['shutting down', 'prepare'], { 'tier.1.time_left': point(21, 's') });
  const [first, second] = tiersOf(now);
  assert.deepEqual([first?.told, first?.leftS, first?.reason, second?.told], [true, 21, 'it is the first', false]);
  assert.deepEqual(first?.hosts.map((host) => [host.row.name, host.number]), [['node-1', 1], ['node-2', 3]]);
  const [old] = tiersOf(now, LOST_AFTER_S);
  assert.deepEqual([old?.stage.kind, old?.leftS, old?.told, old?.hosts[0]?.state.kind], ['none', null, false, 'none']);
});

test('every stage and state has a word of its own, and a host without proof says what is missing', () => {
  const stages = ['normal', 'advisory', 'capped', 'prepare', 'shutting down', 'power cut', 'all off', 'cooling down', 'restarting'].map(tierWords);
  const states = ['unknown', 'online', 'notified', 'acknowledged', 'down, one observation', 'off, verified', 'unresponsive', 'forced off', 'coming back'].map(hostWords);
  assert.equal(new Set(stages).size, 9);
  assert.equal(new Set(states).size, 9);
  assert.match(proofWords(null), /name two observations/);
  assert.equal(proofWords(['agent', 'bmc']), 'Counts as off when its agent is silent and its controller says off');
});

test('the last stops of a host stand in their order, and none is no line', () => {
  assert.equal(stopsWords([]), null);
  assert.equal(stopsWords([7]), 'Last stop 7\u00a0s');
  assert.equal(stopsWords([40.1, 44]), 'Last stops 41\u00a0s, 44\u00a0s');
});

test('the line of the overview', () => {
  assert.equal(planLine(plan(['normal', 'normal'], {}, { effects: [] })), null);
  assert.equal(planLine(plan(['shutting down', 'prepare'], { 'tier.1.time_left': point(41, 's') })), 'Hosts: tier 1 of 2 shutting down, 41\u00a0s left');
  assert.equal(planLine(plan(['shutting down', 'prepare'], { 'shutdown.held': point(130, 's') })), 'Hosts: tier 1 of 2 told, the next one held for 2:10\u00a0min');
  assert.equal(planLine(plan(['shutting down', 'prepare'], { 'shutdown.held': point(130, 's') }), false), 'Hosts: tier 1 of 2 told, the next one held back');
  assert.equal(planLine(plan(['all off', 'all off'], { 'shutdown.stage': state('all off') })), 'Hosts: all off, verified');
  assert.equal(planLine(plan(['cooling down', 'cooling down'], { 'shutdown.stage': state('cooling down') })), 'Hosts: 2 of 2 tiers down until it is safe');
  assert.equal(planLine(plan(['cooling down', 'restarting'], { 'shutdown.stage': state('restarting') })), 'Hosts: coming back, 1 of 2 tiers still down');
  assert.match(planLine(plan(['shutting down', 'normal'], { 'shutdown.mode': state('stopped by a person') })) ?? '', /stopped by a person after tier 1 of 2/);
});

test('the sentence does not say that hosts may go down once they do', () => {
  const mains = alarm('mains.lost', 'high', { text: 'Mains is lost', action: 'Restore mains', consequence: 'The blower may stand; hosts go down if it lasts' });
  const said = (stages: [string, string], more = mains) => sentenceOf(plan(stages, {}, { alarms: [more] })).support;
  assert.equal(said(['normal', 'normal']), 'The blower may stand; hosts go down if it lasts.');
  assert.equal(said(['shutting down', 'prepare']), 'Hosts: tier 1 of 2 shutting down.');
  assert.equal(said(['shutting down', 'prepare'], { ...mains, consequence: 'Nobody sees the rack' }), 'Nobody sees the rack.');
});

test('the order in words, down and back', () => {
  assert.match(orderWords(plan(['normal', 'normal'], { 'shutdown.mode': state('none') }, { effects: [] })), /the first one first/);
  assert.equal(orderWords(plan(['shutting down', 'prepare'])), 'One tier after the other.');
  assert.match(orderWords(plan(['shutting down', 'shutting down'], { 'shutdown.mode': state('compressed') })), /^Compressed/);
  assert.match(orderWords(plan(['cooling down', 'restarting'], { 'shutdown.stage': state('restarting') })), /the last tier first/);
});

test('the next step that cannot be taken back: the sooner one, as the controller counts it', () => {
  const next = { 'shutdown.next_tier': point(21, 's') };
  assert.equal(nextStep(plan(['normal', 'normal'], {}, { effects: [] })), null);
  assert.deepEqual(nextStep(plan(['shutting down', 'prepare'], next)), { leftS: 21, lines: ['at most, then tier', 'storage is told'] });
  assert.deepEqual(nextStep(plan(['shutting down', 'prepare'], { 'shutdown.next_tier': point(300, 's'), 'shutdown.held': point(300, 's') })), { leftS: 300, lines: ['held, then tier', 'storage is told'] });
  assert.deepEqual(nextStep(plan(['shutting down', 'prepare'], { ...next, 'shutdown.held': point(5, 's') }))?.lines[0], 'at most, then tier', 'the stage outlasts the hold');
  assert.equal(nextStep(plan(['shutting down', 'prepare'], { ...next, 'shutdown.countdown': point(9, 's') }))?.leftS, 9);
  assert.equal(nextStep(plan(['shutting down', 'prepare'])), null, 'the controller says none');
});

test('what asked for the shutdown, and how short time was', () => {
  const asked = { 'shutdown.cause': point(20, '') };
  const short = { ...asked, 'shutdown.mode': state('compressed'), 'shutdown.chosen.time_left': point(34, 's'), 'shutdown.chosen.lead': point(145, 's') };
  assert.equal(becauseWords(plan(['shutting down', 'prepare'], asked), null), 'Because of C20 Mains lost.');
  assert.equal(becauseWords(plan(['shutting down', 'shutting down'], short), null), 'Because of C20 Mains lost. Then 34\u00a0s were left, and the stages needed 2:25\u00a0min.');
  assert.equal(becauseWords(plan(['normal', 'normal'], asked), null), null, 'nobody is told');
  assert.equal(becauseWords(plan(['shutting down', 'prepare'], { 'shutdown.cause': point(0, '') }), null), null);
  const over = plan(['cooling down', 'cooling down'], asked, { interlocks: [] });
  const matrix = { causes: [{ code: 'C20', title: 'Mains lost', about: '', reason: '', latch: null, acts: [] }], effects: [] };
  assert.deepEqual([causeWords(over, null), causeWords(over, matrix)], ['C20', 'C20 Mains lost'], 'its title outlasts its interlock');
});

test('a tier says why it was told as long as it is told, and on its way back why it may', () => {
  const why = (stage: string) => tiersOf(plan([stage, 'prepare'])).map(whyWords);
  assert.deepEqual(why('shutting down'), ['It is the first.', '']);
  assert.deepEqual(why('all off'), ['Told to shut down: it is the first.', '']);
  assert.match(why('cooling down')[0] ?? '', /^Told to shut down: it is the first\. It comes back once cooling is proven again/);
  assert.match(why('restarting')[0] ?? '', /may start/);
});

test('who is logged in, who has no name, who only asks', () => {
  const clients = { logged_in: 4, unnamed: 3, not_logged_in: 1, unnamed_from: ['192.0.2.9'], not_logged_in_from: ['192.0.2.7'] };
  assert.deepEqual(clientsWords(NOBODY, true), { quiet: null, odd: [] });
  const { quiet, odd } = clientsWords(clients, true);
  assert.equal(quiet, 'Logged in by upsmon: 4');
  assert.match(odd[0] ?? '', /^Logged in without a name: 192\.0\.2\.9 and 2 more\./);
  assert.match(odd[1] ?? '', /^Asks without logging in: 192\.0\.2\.7\. It obeys/);
  const plain = clientsWords(clients, false);
  assert.deepEqual([plain.quiet, plain.odd.length], ['Logged in by upsmon: 4 (192.0.2.9 and 2 more)', 1], 'where nobody is named nobody lacks a name');
});

test('need against time: spare, short, or nobody counts', () => {
  const of = (points: Record<string, Point>) => marginOf(plan(['shutting down', 'prepare'], points));
  assert.equal(of({}), null);
  assert.deepEqual(of({ 'shutdown.lead': point(30, 's'), 'shutdown.time_left': point(60, 's') }), { needS: 30, leftS: 60, bars: [50, 100], words: '30\u00a0s to spare.' });
  assert.match(of({ 'shutdown.lead': point(60, 's'), 'shutdown.time_left': point(45, 's') })?.words ?? '', /^15.s too short/);
  assert.deepEqual(of({ 'shutdown.lead': point(60, 's') })?.bars, [100, 0]);
  assert.equal(of({ 'shutdown.lead': point(0, 's') })?.words, 'Every stage is done.');
});

test('each act says why it is off', () => {
  const calm = plan(['normal', 'normal'], {}, { effects: [] });
  assert.equal(isUnderWay(calm), false);
  for (const act of ['hold', 'resume', 'abort'] as const) assert.equal(forbids(calm, act), 'No shutdown is under way.');
  const runs = plan(['shutting down', 'prepare']);
  assert.deepEqual([forbids(runs, 'hold'), forbids(runs, 'resume')], [null, 'Nothing is held back.']);
  assert.match(forbids(runs, 'abort') ?? '', /^C20 Mains lost stands/);
  assert.equal(forbids(plan(['shutting down', 'prepare'], {}, { interlocks: cause(false) }), 'abort'), null);
  const mode = (text: string) => plan(['shutting down', 'prepare'], { 'shutdown.mode': state(text) }, { interlocks: cause(false) });
  assert.match(forbids(mode('all at once'), 'hold') ?? '', /^Fire/);
  assert.match(forbids(mode('all at once'), 'abort') ?? '', /^Fire/);
  assert.match(forbids(mode('compressed'), 'hold') ?? '', /^No time/);
  assert.match(forbids(plan(['shutting down', 'shutting down']), 'hold') ?? '', /^Every tier/);
  const stopped = mode('stopped by a person');
  assert.deepEqual([forbids(stopped, 'hold'), forbids(stopped, 'resume')], ['It is stopped already.', null]);
  const held = plan(['shutting down', 'prepare'], { 'shutdown.held': point(60, 's') });
  assert.equal(forbids(held, 'resume'), null);
});

test('what is asked is what a picture proves', () => {
  const held = (seconds: number) => plan(['shutting down', 'prepare'], { 'shutdown.held': point(seconds, 's') });
  const order = holdHosts('mara', 'backup', 5);
  assert.deepEqual(order.body, { command: 'hold_hosts', by: 'mara', reason: 'backup', minutes: 5 });
  assert.deepEqual([order.proven(held(299)), order.proven(held(60)), order.proven(plan(['shutting down', 'prepare']))], [true, false, false]);
  const stopped = plan(['shutting down', 'normal'], { 'shutdown.mode': state('stopped by a person') });
  assert.deepEqual([abortHosts('mara', 'x').proven(stopped), abortHosts('mara', 'x').proven(held(9)), resumeHosts('mara').proven(stopped), resumeHosts('mara').proven(held(9))], [true, false, false, false]);
  assert.ok(resumeHosts('mara').proven(plan(['shutting down', 'prepare'])));
});

test('the record: since when, by whom, and the incident alone', () => {
  const journal = [
    { ...entry(9, 105, 'command', 'hold_hosts', false), text: 'hold_hosts minutes=5 by="ann" reason="x": refused, not in a fire' }, entry(8, 104, 'host', 'host.1'), { ...entry(7, 103, 'command', 'hold_hosts'), text: 'hold_hosts minutes=5 by="mara" reason="the \\"big\\" backup": applied' },
    entry(6, 102, 'alarm', 'mains.lost'), entry(5, 101, 'tier', 'tier.1'), entry(4, 100, 'command', 'manual'),
  ];
  assert.deepEqual(recordOf(journal, 10).map((one) => one.sequence), [9, 8, 7, 5]);
  assert.equal(recordOf(journal, 2).length, 2);
  assert.deepEqual([sinceOf(journal, 'tier.1'), sinceOf(journal, 'tier.2'), sinceOf(null, 'tier.1')], [101, null, null]);
  assert.equal(byWhom(journal, 'hold_hosts'), 'mara: the "big" backup');
  assert.equal(byWhom(journal, 'abort_hosts'), null);
  assert.deepEqual(recordOf(journal, 3).map(recordWords), ['Refused: next tier held back by ann: x (not in a fire)', 'host.1', 'Next tier held back by mara: the "big" backup']);
});

test('what a host says of itself, where it says anything', () => {
  const now = picture({ points: { 'host.1.power': point(612.4, 'W'), 'host.1.chip.temperature': point(71.5, '°C'), 'host.2.chip.temperature': point(40, '°C') } });
  assert.equal(selfWords(now, 1), 'Draws 612\u00a0W, hottest chip 72\u00a0°C');
  assert.deepEqual([selfWords(now, 2), selfWords(now, 3), selfWords(now, 1, LOST_AFTER_S)], ['Hottest chip 40\u00a0°C', null, null]);
});
