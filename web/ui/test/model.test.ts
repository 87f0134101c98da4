import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmAt, asideWords, blinking, countWords, firstWords, fold, isFollowOn, listOrder, stateWords, titleWords, topAlarm } from '../src/model/alarms';
import { airOf, wheelsOf } from '../src/model/air';
import { countdownOf, runDown } from '../src/model/countdown';
import { doneSince } from '../src/model/done';
import { hold } from '../src/model/order';
import { hottestBoard, LOST_AFTER_S, read } from '../src/model/reading';
import { refusalWords } from '../src/model/refusal';
import { keyNeed, needsInspection, needsOf } from '../src/model/reset';
import { sentenceOf } from '../src/model/sentence';
import { saidOf } from '../src/drawing/said';
import { alarm, entry, picture, point, state } from './support';

test('a value that cannot be trusted gives up its number', () => {
  const of = (one: ReturnType<typeof point>, silence = 0) => read(picture({ points: { p: one } }), 'p', silence);
  assert.deepEqual(of(point(40.1, '°C')), { kind: 'value', value: 40.1, state: undefined, unit: '°C' });
  assert.equal(of({ ...point(40.1, '°C'), quality: 'good' }).kind, 'value');
  for (const quality of ['stale', 'out-of-range', 'absent', 'substituted', 'forced', 'something new']) {
    const reading = of({ ...point(40.1, '°C'), quality, age_s: 12, reason: 'why' });
    assert.equal(reading.kind, 'none', quality);
    assert.doesNotMatch(JSON.stringify(reading), /40\.1/);
  }
  assert.equal((of({ ...point(null, '°C'), quality: 'stale', reason: 'stale', age_s: 12 }) as { tag: string }).tag, 'STALE 12\u00a0s');
  assert.equal((of({ ...point(1, '°C'), quality: 'forced', age_s: 660 }) as { tag: string }).tag, 'BYPASSED 11\u00a0min');
  assert.equal(of({ ...point(null, '°C'), quality: 'absent', reason: 'not fitted' }).kind, 'unfitted');
  assert.equal(of(point(null, '°C')).kind, 'none', 'good without a value is no value');
  assert.equal(of(point(40.1, '°C'), LOST_AFTER_S).kind, 'none', 'nothing is a value while the page is lost');
  assert.equal(read(picture(), 'never heard of').kind, 'unfitted');
});

test('the hottest board is the hottest that can be read', () => {
  const points = { 'rack.board.1.temperature': point(55, '°C'), 'rack.board.2.temperature': { ...point(99, '°C'), quality: 'stale' }, 'rack.board.3.temperature': point(61, '°C') };
  assert.equal(hottestBoard(picture({ points })).board, 3);
  const blind = hottestBoard(picture({ points: { 'rack.board.2.temperature': { ...point(99, '°C'), quality: 'stale' } } }));
  assert.equal(blind.reading.kind, 'none');
});

test('the sentence speaks of what stands, then of priority, then of the first out; never of a follow-on', () => {
  const old = alarm('old', 'high', { since_s: 50 });
  const young = alarm('young', 'high', { since_s: 5 });
  const over = alarm('over', 'critical', { active: false, since_s: 99 });
  const follow = alarm('follow', 'high', { since_s: 500, follows: 'old' });
  assert.equal(topAlarm([young, over, follow, old])?.name, 'old');
  assert.equal(topAlarm([over, follow])?.name, 'over');
  assert.equal(topAlarm([follow]), null);
});

test('critical is never folded', () => {
  const critical = alarm('c', 'critical', { follows: 'x' });
  const low = alarm('l', 'low', { follows: 'x' });
  assert.equal(isFollowOn(critical), false);
  assert.deepEqual(fold([low, critical]).folded.map((one) => one.name), ['l']);
});

test('the list: not acknowledged first, then priority, then the newest', () => {
  const list = [alarm('a', 'low'), alarm('b', 'critical', { acknowledged: true }), alarm('c', 'high', { since_s: 9 }), alarm('d', 'high', { since_s: 3 })];
  assert.deepEqual(listOrder(list).map((one) => one.name), ['d', 'c', 'a', 'b']);
  assert.equal(stateWords(alarm('a', 'low', { active: false, process: 'normal' })), 'Back to normal, not acknowledged');
  assert.equal(stateWords(alarm('a', 'low', { process: 'latched', acknowledged: true, chattering: true }), 'first of the fire group, 12:03:04'),
    'Over, held by its latch, acknowledged, first of the fire group, 12:03:04, chatters: three times within a minute');
});

test('at most two shapes blink, and only what is loud', () => {
  assert.deepEqual(blinking([alarm('a', 'medium')]), { sentence: false, listed: null });
  const three = [alarm('a', 'critical', { since_s: 9 }), alarm('b', 'high', { since_s: 8 }), alarm('c', 'high', { since_s: 7 })];
  assert.deepEqual(blinking(three), { sentence: true, listed: 'c' });
  assert.deepEqual(blinking([alarm('a', 'critical', { acknowledged: true })]), { sentence: false, listed: null });
});

test('an alarm colours the point that shows it, not its healthy twin', () => {
  const impaired = alarm('extinguisher.impaired', 'high', { points: ['extinguisher.left.state', 'extinguisher.right.state'] });
  const loaded = alarm('filter.loaded', 'low', { points: ['filter.left.resistance', 'filter.right.resistance'] });
  const missing = alarm('filter.missing', 'medium', { points: ['filter.left.present', 'filter.right.present'] });
  const now = picture({
    alarms: [impaired, loaded, missing],
    points: {
      'extinguisher.left.state': state('armed'), 'extinguisher.right.state': state('unlocked'),
      'filter.left.resistance': point(1.0, '1'), 'filter.right.resistance': point(3.1, '1'),
      'filter.left.present': state('no'), 'filter.right.present': state('yes'),
    },
  });
  assert.equal(alarmAt(now, 'extinguisher.left.state'), null);
  assert.equal(alarmAt(now, 'extinguisher.right.state')?.name, 'extinguisher.impaired');
  assert.equal(alarmAt(now, 'filter.left.resistance'), null);
  assert.equal(alarmAt(now, 'filter.right.resistance')?.name, 'filter.loaded');
  assert.equal(alarmAt(now, 'filter.left.present')?.name, 'filter.missing');
  assert.equal(alarmAt(now, 'filter.right.present'), null);
});

test('words of the sentence: what, first act; then the other acts and the consequence', () => {
  const failed = alarm('blower.failed', 'critical', { text: 'The blower does not turn', action: 'Check the supply. Reduce load at once', consequence: 'Hosts overheat' });
  const said = sentenceOf(picture({ alarms: [failed] }));
  assert.equal(said.text, 'The blower does not turn: check the supply.');
  assert.equal(said.support, 'Reduce load at once. Hosts overheat.');
  assert.equal(said.act, 'acknowledge');
  const cut = sentenceOf(picture({ alarms: [alarm('x', 'critical', { text: 'Power still flows', action: 'CUT POWER BY HAND' })] }));
  assert.equal(cut.text, 'Power still flows: CUT POWER BY HAND.');
  assert.equal(sentenceOf(picture()).text, 'All normal, nothing to do.');
  const held = sentenceOf(picture({ hold: { owner: 'mara', reason: 'noise', speed: 80, left_s: 700 } }));
  assert.match(held.text, /held at 80\u00a0% by mara/);
  assert.doesNotMatch(held.support, /condense/);
  const slowed = sentenceOf(picture({ hold: { owner: 'mara', reason: 'noise', speed: 80, left_s: 700 }, effects: [{ key: 'FAN_LEAST', title: 'Fan at its least speed' }] }));
  assert.match(slowed.support, /then automatic again\. Slowed while water may condense/);
  assert.equal(held.act, 'automatic');
});

test('one button: acknowledge, then the horn, then the latches', () => {
  const done = alarm('a', 'critical', { acknowledged: true });
  const latches = [{ key: 'fire', title: 'Fire' }];
  assert.equal(sentenceOf(picture({ alarms: [done], latches, points: { 'output.horn': state('yes') } })).act, 'silence');
  assert.equal(sentenceOf(picture({ alarms: [done], latches, points: { 'output.horn': state('no') } })).act, 'reset');
  const stands = [{ code: 'C03', title: 'Manual fire button', active: true, latched: true }];
  assert.equal(sentenceOf(picture({ alarms: [done], latches, interlocks: stands })).act, null, 'a latch whose cause stands cannot be reset');
  assert.equal(sentenceOf(picture({ alarms: [done] })).act, null);
});

test('the title starts with the worst priority', () => {
  assert.equal(titleWords([], 'rack-1'), 'rack-1');
  assert.equal(titleWords([alarm('a', 'low'), alarm('b', 'critical')], 'rack-1'), '1 critical: rack-1');
});

test('a countdown is shown for a sequence or a near trip under an alarm, not for noise', () => {
  const points = { 'time_to.shutdown.low': point(47, 's') };
  assert.equal(countdownOf(picture({ points })), null);
  assert.equal(countdownOf(picture({ points, alarms: [alarm('a', 'critical')] }))?.leftS, 47);
  assert.equal(countdownOf(picture({ points: { 'time_to.shutdown.low': point(1787, 's') }, alarms: [alarm('a', 'critical')] })), null);
  const cutting = countdownOf(picture({ points: { ...points, 'shutdown.countdown': point(59, 's'), 'shutdown.stage': state('shutting down') } }));
  assert.equal(cutting?.leftS, 59);
  assert.match(cutting?.lines.join(' ') ?? '', /power is cut/);
});

test('the countdown never counts upwards by itself', () => {
  assert.equal(runDown(null, 47, 0), 47);
  assert.equal(runDown({ leftS: 47, atS: 0 }, 47, 1), 46, 'noise of a second does not set it back');
  assert.equal(runDown({ leftS: 47, atS: 0 }, 40, 1), 40, 'the lower figure counts');
  assert.equal(runDown({ leftS: 5, atS: 0 }, 60, 1), 60, 'a new sequence does');
});

test('air: stopped, locked and unknown draw no arrows', () => {
  const at = (rpm: number, rest = {}) => picture({ points: { 'blower.a.speed': point(rpm, 'rpm'), 'door.open': state('no') }, ...rest });
  assert.deepEqual(airOf(at(1480), 0), { blower: 'runs', flows: true, throughFilters: true, doorOpen: false });
  assert.equal(airOf(at(310, { alarms: [alarm('blower.failed', 'critical')] }), 0).blower, 'stopped');
  assert.equal(airOf(at(900, { fan: { drive: 0, contact_open: true } }), 0).blower, 'locked');
  assert.equal(airOf(picture({ fan: { drive: 0, contact_open: true } }), 0).blower, 'locked', 'also where its speed is not measured');
  assert.equal(airOf(at(900, { fan: { drive: 0, contact_open: true } }), LOST_AFTER_S).blower, 'unknown');
  assert.equal(airOf(at(1480), LOST_AFTER_S).flows, false);
});

test('two blowers: what each does, the faster one’s air, and the drive of those that run', () => {
  const two = (a: string, b: string, rpm: [number, number]) => picture({
    points: {
      'blower.a.state': state(a), 'blower.b.state': state(b), 'blower.a.duty': point(46, '%'), 'blower.b.duty': point(46, '%'),
      'blower.a.speed': point(rpm[0], 'rpm'), 'blower.b.speed': point(rpm[1], 'rpm'), 'door.open': state('no'),
    },
    fan: { drive: 46, contact_open: false },
  });
  const one = picture({ points: { 'blower.a.speed': point(1480, 'rpm') } });
  assert.equal(wheelsOf(one, 0), null);
  const failed = two('failed', 'running', [0, 1290]);
  assert.deepEqual(wheelsOf(failed, 0), ['failed', 'running']);
  assert.equal(airOf(failed, 0).blower, 'runs', 'the other one drives the air');
  const said = saidOf(failed, airOf(failed, 0), 0, null).blower;
  assert.deepEqual([said?.name, said?.value, said?.sub], ['Blowers', '46', 'A failed']);
  const both = two('running', 'running', [1290, 1285]);
  assert.equal(saidOf(both, airOf(both, 0), 0, null).blower?.sub, '1\u2009290 and 1\u2009285\u00a0rpm');
  assert.deepEqual(wheelsOf(both, LOST_AFTER_S), ['unknown', 'unknown']);
});

test('done so far: the first alarm, then the weightiest acts in order', () => {
  const journal = [
    entry(9, 103, 'effect', 'BEACON'), entry(8, 102, 'alarm', 'exhaust.warm'), entry(7, 101, 'effect', 'HOST_DOWN'), entry(6, 100, 'effect', 'FAULT'),
    entry(5, 100, 'effect', 'FAN_MAX'), entry(4, 100, 'alarm', 'blower.failed'), entry(3, 99, 'alarm', 'mains.lost'), entry(2, 50, 'alarm', 'blower.failed'),
  ];
  assert.deepEqual(doneSince(journal, 'blower.failed', 100, 3), [{ afterS: 0, text: 'blower.failed' }, { afterS: 0, text: 'FAN_MAX' }, { afterS: 1, text: 'HOST_DOWN' }]);
});

test('a touched list does not move: the new wait, the gone keep their place', () => {
  const key = (one: string) => one;
  assert.deepEqual(hold(['a', 'b'], ['c', 'b'], true, key), { shown: ['a', 'b'], waiting: 1 });
  assert.deepEqual(hold(['a', 'b'], ['c', 'b'], false, key), { shown: ['c', 'b'], waiting: 0 });
  assert.deepEqual(hold([], ['c'], true, key), { shown: ['c'], waiting: 0 });
});

test('a refusal names the reason and the way out', () => {
  assert.deepEqual(refusalWords(409, { result: 'refused', reason: 'the key switch is not turned', number: 7 }), {
    reason: 'the key switch is not turned', wayOut: 'Turn the key switch at the rack, then try again within a minute.', number: 7,
  });
  for (let number = 1; number <= 38; number += 1) {
    assert.notEqual(refusalWords(409, { reason: 'x', number }).wayOut, refusalWords(409, { reason: 'x', number: 999 }).wayOut, `${number} has a way out of its own`);
  }
  assert.match(refusalWords(0, null).reason, /does not answer/);
  assert.match(refusalWords(503, { error: 'no answer from the core' }).wayOut, /whether it was applied/);
  assert.equal(refusalWords(400, 'nonsense').reason, 'the controller answers 400');
});

test('what a reset needs is told before it is asked', () => {
  const now = picture({
    points: { key_switch: state('no'), 'door.open': state('no'), 'extinguisher.left.state': state('armed'), 'extinguisher.right.state': state('fired') },
    interlocks: [{ code: 'C03', title: 'Manual fire button', active: true, latched: true }],
  });
  const open = needsOf(now, ['fire'], 600).filter((need) => need.met === false).map((need) => need.name);
  assert.deepEqual(open, ['Manual fire button: over', 'Extinguisher B armed']);
  assert.deepEqual(keyNeed(now).met, null, 'persons may respond instead');
  assert.deepEqual(keyNeed(picture({ points: { key_switch: state('yes') } })), { name: 'Key switch turned', met: true, missing: 'the controller checks' });
  assert.equal(needsInspection(['cooling_loss']), false);
  assert.equal(needsInspection(['fire']), true);
});

test('a flood counts lines by group and the first of a group is told where there are others', () => {
  const folded = (name: string, priority: 'medium' | 'low', group: string) => alarm(name, priority, { group, folded: true });
  const open = [alarm('fire', 'critical', { group: 'fire' }), folded('a', 'medium', 'sensors'), folded('b', 'low', 'sensors'), folded('c', 'low', 'filters')];
  const { shown, flooded } = fold(open);
  assert.deepEqual(shown.map((one) => one.name), ['fire']);
  assert.deepEqual([...flooded].map(([group, members]) => `${group} ${countWords(members)}`), ['sensors 2 alarms: 1 medium, 1 low', 'filters 1 alarm: 1 low']);
  const first = { group: 'sensors', name: 'b', tick: 7, since_s: 0 };
  const now = picture({ alarms: open, first_out: [first, { ...first, group: 'filters', name: 'c' }] });
  assert.match(firstWords(now, open[2]!) ?? '', /^first of the sensors group, \d\d:\d\d:\d\d$/);
  assert.equal(firstWords(now, open[1]!), null);
  assert.equal(firstWords(now, open[3]!), null, 'alone it needs no mark');
});

test('what is put aside says until when', () => {
  const hidden = { name: 'x', text: 'x', priority: 'low', by: 'Ann', why: 'y', since_s: 1, raised: true } as const;
  assert.match(asideWords({ ...hidden, how: 'shelved', left_s: 1800 }), /^Shelved for 30/);
  assert.match(asideWords({ ...hidden, how: 'once', left_s: 1800 }), /until it is gone once/);
  assert.match(asideWords({ ...hidden, how: 'out-of-service', left_s: null }), /Out of service until somebody/);
});
