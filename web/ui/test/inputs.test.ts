import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidOf } from '../src/drawing/said';
import { airOf } from '../src/model/air';
import { acknowledgedBy } from '../src/model/alarms';
import { digitsOf, factorWords, grouped, isSamePerson, onceMore, respondLine } from '../src/model/factor';
import { bypassSummary, fittedInputs, measuredWords, outNeeds, overrideFactor, overrideNeeds, overrideWords, standingOf, standingWords, voteWords } from '../src/model/inputs';
import type { Input, Override } from '../src/model/picture';
import { LOST_AFTER_S, read } from '../src/model/reading';
import { entry, picture, point, state } from './support';

const input = (key: string, title: string, persons: 0 | 1 | 2, vote: string[] = [], at = key): Input => ({
  key, title, point: at, override_persons: persons, never: persons === 0 ? 'a fire input or a read-back is never overridden' : null, vote,
});
const A = input('exhaust.a', 'Exhaust probe A', 2, ['exhaust.b', 'exhaust.c', 'ceiling'], 'rack.exhaust.a.temperature');
const DRAFT = input('draft', 'Rack draft', 1, ['tachometer'], 'rack.draft.pressure');
const SPEED = input('tachometer', 'Tachometer', 1, ['draft'], 'blower.a.speed');
const SMOKE = input('smoke.a', 'Smoke channel A', 0);
const ALL = [A, DRAFT, SPEED, SMOKE];

const over = (of: Input, left_s: number): Override => ({ key: of.key, title: of.title, point: of.point, by: 'mara', reason: 'calibration', left_s });
const out = ({ key, title, point: at }: Input) => ({ key, title, point: at });

test('a value whose input is not judged gives up its number, and says for how long', () => {
  const points = { 'rack.draft.pressure': point(-8.4, 'Pa'), 'smoke.a': state('normal') };
  const now = picture({ points, overrides: [over(DRAFT, 680)], out_of_service: [out(SMOKE)] });
  assert.deepEqual(read(now, 'rack.draft.pressure'), { kind: 'none', tag: 'BYPASSED', reason: '11:20\u00a0min left', unit: 'Pa' });
  assert.equal((read(now, 'smoke.a') as { reason: string }).reason, 'out of service');
  assert.match((read(now, 'smoke.a', LOST_AFTER_S) as { tag: string }).tag, /^STALE/, 'without data nothing is known of it');
  assert.equal(read(picture({ points }), 'rack.draft.pressure').kind, 'value');
});

test('the drawing says what is bypassed and claims nothing of it', () => {
  const points = {
    'blower.a.duty': point(60, '%'), 'blower.a.speed': point(1800, 'rpm'), 'blower.a.power': point(194, 'W'), 'door.open': state('no'),
    'filter.left.pressure': point(16, 'Pa'), 'filter.left.resistance': point(1.01, '1'), 'filter.right.pressure': point(16, 'Pa'), 'filter.right.resistance': point(1.02, '1'),
  };
  const say = (of: Parameters<typeof picture>[0]) => {
    const now = picture({ points, ...of });
    return saidOf(now, airOf(now, 0), 0, null);
  };
  assert.equal(say({}).blower?.sub, '1\u2009800\u00a0rpm, 194\u00a0W');
  const said = say({ overrides: [over(SPEED, 680), over(input('filter.left', 'Filter', 1, [], 'filter.left.resistance'), 60), over(input('door', 'Door', 1, [], 'door.open'), 60)] });
  assert.equal(said.blower?.sub, 'speed bypassed, 194\u00a0W');
  assert.deepEqual([said.filterLeft?.sub, said.filterRight?.sub], ['bypassed', '1.02 × clean'], 'whether air flows is not known');
  assert.deepEqual([said.door?.value, said.door?.sub], ['BYPASSED', '60\u00a0s left']);
});

test('the margin over the dew point stands at the colder wall', () => {
  const say = (left: number, right: number | null, margin: number | null) => {
    const walls = { 'rack.wall.left.temperature': point(left, '°C'), ...(right === null ? {} : { 'rack.wall.right.temperature': point(right, '°C') }) };
    const now = picture({ points: { ...walls, ...(margin === null ? {} : { 'dew_point.margin': point(margin, 'K') }) } });
    const said = saidOf(now, airOf(now, 0), 0, null);
    return [said.wallLeft?.sub, said.wallRight?.sub];
  };
  assert.deepEqual(say(20, 21, 9.34), ['9.3\u00a0K over dew point', '']);
  assert.deepEqual(say(20, 19, -1.2), ['', '1.2\u00a0K under dew point']);
  assert.deepEqual(say(20, null, 3), ['3.0\u00a0K over dew point', undefined]);
  assert.deepEqual(say(20, 21, null), ['', '']);
});

test('how an input stands, and what persons may do with it', () => {
  const now = picture({ overrides: [over(DRAFT, 60)], out_of_service: [out(A)] });
  assert.equal(standingWords(standingOf(now, 'draft')), 'Overridden for 60\u00a0s more by mara: calibration');
  assert.equal(standingWords(standingOf(now, 'exhaust.a')), 'Out of service, until it is put back');
  assert.equal(standingWords(standingOf(now, 'smoke.a')), 'Judged');
  assert.deepEqual([overrideFactor(A)?.persons, overrideFactor(DRAFT)?.persons, overrideFactor(SMOKE)], [2, 1, null]);
  assert.equal(overrideWords(SMOKE), 'Never overridden: a fire input or a read-back is never overridden.');
  assert.equal(overrideWords(A), 'The key switch at the rack, or one-time responses of two persons.');
  assert.equal(voteWords(DRAFT, ALL), 'Votes with tachometer: at most one of them is overridden.');
  assert.equal(voteWords(SMOKE, ALL), '');
  assert.deepEqual(fittedInputs(picture({ points: { 'smoke.a': state('normal'), 'blower.a.speed': { ...point(null, 'rpm'), quality: 'absent', reason: 'not fitted' } } }), ALL), [SMOKE]);
});

test('what an override needs is told before it is asked', () => {
  const open = (now: ReturnType<typeof picture>, of: Input) => overrideNeeds(now, of, ALL).filter((need) => need.met === false).map((need) => need.missing);
  assert.deepEqual(open(picture(), DRAFT), []);
  assert.deepEqual(open(picture({ overrides: [over(SPEED, 60)] }), DRAFT), ['tachometer']);
  assert.deepEqual(open(picture({ latches: [{ key: 'fire', title: 'Fire' }] }), DRAFT), ['reset first']);
  assert.deepEqual(outNeeds(picture(), DRAFT), []);
  assert.equal(outNeeds(picture(), A)[0]?.met, true);
  const last = picture({ out_of_service: ['exhaust.b', 'exhaust.c'].map((key) => ({ key, title: key, point: key })) });
  assert.equal(outNeeds(last, A)[0]?.met, false);
});

test('what is not judged is counted, with the time of the one that ends next', () => {
  assert.equal(bypassSummary(picture()), null);
  assert.equal(bypassSummary(picture({ overrides: [over(DRAFT, 680)] })), '1 input not judged, for 11:20\u00a0min more');
  assert.equal(bypassSummary(picture({ overrides: [over(DRAFT, 680), over(A, 90)], out_of_service: [out(SMOKE)] })), '3 inputs not judged, the next for 90\u00a0s more');
  assert.equal(bypassSummary(picture({ overrides: [over(A, 14_399)] })), '1 input not judged, for 3\u00a0h 59\u00a0min more');
  assert.equal(bypassSummary(picture({ out_of_service: [out(SMOKE)] })), '1 input not judged, out of service');
});

test('what an input measures, in words', () => {
  const words = (name: string, of: ReturnType<typeof point>) => measuredWords(name, read(picture({ points: { [name]: of } }), name));
  assert.equal(words('rack.draft.pressure', point(-8.4, 'Pa')), '\u22128.4\u00a0Pa');
  assert.equal(words('filter.left.resistance', point(1.02, '1')), '1.02\u00a0× clean');
  assert.deepEqual([words('door.open', state('no')), words('door.open', state('yes'))], ['Closed', 'Open']);
  assert.deepEqual([words('smoke.a', state('open')), words('extinguisher.left.break_wire', state('normal'))], ['Cable cut', 'Whole']);
  assert.equal(words('door.open', { ...state('no'), quality: 'stale' }), '');
});

test('responses: digits as typed, the challenge as read, the line for a person\u2019s own machine', () => {
  assert.deepEqual(['1234 5678', '1234-5678', '12345678', '1234567', '1234567a', ''].map(digitsOf), ['12345678', '12345678', '12345678', null, null, null]);
  assert.equal(grouped('0123456789abcdef'), '0123 4567 89ab cdef');
  const challenge = { challenge: '0123456789abcdef', rack: "Ann's rack", text: 'override input=door minutes=5 reason="x" by="mara"', valid_s: 120 };
  assert.equal(respondLine(challenge, 'mara'),
    `rack-controller respond --key KEYFILE --rack 'Ann'\\''s rack' --as 'mara' 0123456789abcdef 'override input=door minutes=5 reason="x" by="mara"'`);
  assert.ok(isSamePerson('Mara ', 'mara') && !isSamePerson('mara', 'ivo'));
  assert.equal(factorWords({ persons: 2, key: false }), 'one-time responses of two persons');
});

test('a refusal for want of persons has a way on', () => {
  const one = { persons: 1, key: true } as const;
  const more = (number: number, persons: 1 | 2 = 1) => onceMore({ reason: '', wayOut: '', number }, one, persons)?.persons ?? null;
  assert.deepEqual([more(7), more(27), more(34), more(34, 2), more(29), more(36)], [1, 2, 1, 2, null, null]);
});

test('an acknowledged alarm says by whom and what was found, from the journal', () => {
  const seen = { ...entry(9, 100, 'acknowledge', 'door.open'), by: 'Ann', why: 'cabling' };
  assert.deepEqual(acknowledgedBy([entry(10, 101, 'alarm', 'door.open'), seen], 'door.open'), { time: 100, by: 'Ann', why: 'cabling' });
  assert.equal(acknowledgedBy([entry(10, 101, 'acknowledge', 'door.open', false), seen], 'door.open'), null, 'told anew');
  assert.equal(acknowledgedBy([seen], 'other'), null);
});
