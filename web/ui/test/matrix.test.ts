import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock } from '../src/model/format';
import { cellOf, coming, explain } from '../src/model/matrix';
import type { Interlock, Matrix, MatrixAct } from '../src/model/picture';
import { unitNeeds, unitNeedsInspection } from '../src/model/unit';
import { picture, point, state } from './support';

const act = (effect: string, code: string, delay: string | null = null): MatrixAct => ({ effect, code, delay, when: '' });
const row = (code: string, title: string, latch: string | null, acts: MatrixAct[]) => ({ code, title, about: '', reason: '', latch, acts });
const matrix: Matrix = {
  causes: [
    row('C01', 'Extinguisher fired', 'fire', [act('FAN_OFF', 'L'), act('PDU_OFF', 'S', 'safety.fire_cut_delay'), act('MAIL', 'U')]),
    row('C02', 'Fire confirmed', 'fire', [act('FAN_OFF', 'L'), act('HORN', 'L')]),
    row('C07', 'Exhaust hot', null, [act('FAN_MAX', 'U')]),
    row('C29', 'Condensation risk', null, [act('FAN_LEAST', 'U')]),
    row('C27', 'At damage limit', 'over_temperature', [act('PDU_OFF', 'D', '10 s')]),
  ],
  effects: ['FAN_OFF', 'FAN_MAX', 'PDU_OFF', 'HORN', 'MAIL'].map((key) => ({ key, title: `The ${key}`, about: '' })),
};
const lock = (code: string, rest: Partial<Interlock>): Interlock => ({
  code, title: '', active: false, latched: false, stands_s: null, latched_s: null, silenced: false, holds: [], waits: [], ...rest,
});
const settings = (name: string) => (name === 'safety.fire_cut_delay' ? 60 : null);
const fire = picture({
  effects: [{ key: 'FAN_OFF', title: 'Fan held off' }, { key: 'MAIL', title: 'Mail' }],
  latches: [{ key: 'fire', title: 'Fire' }],
  points: { 'fire.soak_left': point(480, 's') },
  interlocks: [
    lock('C01', { active: true, latched: true, stands_s: 12, latched_s: 12, holds: ['FAN_OFF', 'MAIL'], waits: ['PDU_OFF'] }),
    lock('C02', { latched: true, latched_s: 5, holds: ['FAN_OFF'], silenced: true }),
    lock('C07', { active: true, stands_s: 3, holds: ['FAN_MAX'] }),
    lock('C27', { active: true, stands_s: 4, waits: ['PDU_OFF'] }),
  ],
});

test('each effect in force says which causes hold it, since when, and how it ends', () => {
  const [fan, mail] = explain(fire, matrix);
  assert.deepEqual(fan?.because, [
    { code: 'C01', text: `Extinguisher fired (stands since ${clock(fire.time - 12)}, latched)` },
    { code: 'C02', text: 'Fire confirmed (latched; the cause is gone)' },
  ]);
  assert.equal(fan?.ends, 'when a person with the key or one-time responses resets the latch “fire” (soak: 8:00\u00a0min left)');
  assert.deepEqual(mail?.because.map((one) => one.code), ['C01']);
  assert.equal(mail?.ends, 'when its causes are gone');
});

test('what stands beside the table is told as well', () => {
  const unknown = picture({ effects: [{ key: 'LOCKOUT', title: 'Locked out' }], latches: [{ key: 'unknown', title: 'Latch records unreadable' }] });
  assert.match(explain(unknown, matrix)[0]?.because[0]?.text ?? '', /cannot be read/);
  assert.match(explain(unknown, matrix)[0]?.ends ?? '', /resets the latch “latch records unreadable”/);
  const door = picture({ effects: [{ key: 'FAN_FLOOR', title: 'Floor' }], points: { 'door.open': state('yes') } });
  assert.match(explain(door, matrix)[0]?.because[0]?.text ?? '', /door/);
});

test('a cell is off, waits with its time, in force, latched or inhibited', () => {
  const look = (code: string, effect: string, now = fire) => {
    const of = matrix.causes.find((one) => one.code === code);
    const what = of?.acts.find((one) => one.effect === effect);
    assert.ok(of && what);
    const cell = cellOf(now, of, what, settings);
    return [cell.look, cell.leftS];
  };
  assert.deepEqual(look('C01', 'FAN_OFF'), ['latched', null]);
  assert.deepEqual(look('C01', 'MAIL'), ['on', null]);
  assert.deepEqual(look('C01', 'PDU_OFF'), ['waits', 48], 'from the latch');
  assert.deepEqual(look('C27', 'PDU_OFF'), ['waits', 6], 'from the cause');
  assert.deepEqual(look('C02', 'HORN'), ['inhibited', null]);
  assert.deepEqual(look('C07', 'FAN_MAX'), ['inhibited', null]);
  assert.deepEqual(look('C07', 'FAN_MAX', picture()), ['off', null]);
  const damp = (...effects: string[]) => picture({ effects: effects.map((key) => ({ key, title: '' })), interlocks: [lock('C29', { active: true, stands_s: 3, holds: ['FAN_LEAST'] })] });
  assert.deepEqual(look('C29', 'FAN_LEAST', damp('FAN_LEAST')), ['on', null]);
  for (const beats of ['FAN_OFF', 'FAN_MAX', 'FAN_FLOOR']) assert.deepEqual(look('C29', 'FAN_LEAST', damp(beats)), ['inhibited', null], beats);
});

test('what comes is told soonest first, and not what is in force already', () => {
  assert.deepEqual(coming(fire, matrix, settings).map((one) => [one.key, one.code, one.leftS]), [['PDU_OFF', 'C27', 6], ['PDU_OFF', 'C01', 48]]);
  assert.deepEqual(coming({ ...fire, effects: [{ key: 'PDU_OFF', title: '' }] }, matrix, settings), []);
});

test('a replacement asks for what the controller will ask', () => {
  const unit = { known: true, serial: 'A-1', installed: '2026-01-01', fired: true, expired: false, removed: false };
  const now = picture({ extinguishers: { left: unit, right: { ...unit, serial: null, fired: false } }, points: { 'extinguisher.left.home': state('yes') } });
  assert.deepEqual(unitNeeds(now, 'left').map((need) => [need.name, need.met]), [
    ['Key switch turned, or one-time responses', null], ['Old unit taken out', false], ['New unit home', true], ['Its wire whole', null],
  ]);
  assert.ok(unitNeedsInspection(now, 'left') && !unitNeedsInspection(now, 'right'));
  assert.ok(!unitNeeds(now, 'right').some((need) => need.name === 'Old unit taken out'), 'the first is entered where it hangs');
});
