import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksTwice, controlsOf, parameterAt, placeOf, PLACES, search, sortOf, textOf, valueAt } from '../rig/model/acts';
import type { ActRow, Parameter, Picture, Tables } from '../rig/model/picture';
import { differs, readsWell, saidOf } from '../rig/model/said';
import { jobWords, rackTime, sentenceOf } from '../rig/model/words';

const words = (name: string, ...list: string[]): Parameter => ({ name, words: list, number: null, omissible: false, depends: false });
const number = (name: string, unit: string, low: number, high: number, ...list: string[]): Parameter => ({ ...words(name, ...list), number: { unit, low, high } });

const LOAD: ActRow = { name: 'load', about: 'Hold the load.', parameters: [number('power', 'W', 0, 60_000, 'profile')] };
const FILTER: ActRow = { name: 'filter', about: 'Take a filter out.', parameters: [words('side', 'left', 'right'), words('state', 'in', 'out')] };
const SMOKE: ActRow = { name: 'smoke', about: 'A loop.', parameters: [words('channel', 'a', 'b'), number('level', 'ohm', 0, 1e6, 'normal', 'alarm', 'open', 'short')] };
const FAULT: ActRow = { name: 'fault', about: 'Break an instrument.', parameters: [words('instrument', 'room', 'fan'), words('fault', 'drift', 'tach-lost'), number('amount', '', 0, 0, 'usual')] };

const TABLES: Tables = {
  version: '0', socket: '', speed: 1, acts: [LOAD, FILTER, SMOKE, FAULT], inputs: [], library: [], text_max: 1000,
  truths: [{ name: 'room', unit: '°C', about: '' }, { name: 'speed', unit: 'rpm', about: '' }, { name: 'exhaust', unit: '°C', about: '' }],
  instruments: [{ name: 'room', kind: 'Air' }, { name: 'fan', kind: 'Fan' }],
  faults: {
    Air: [{ name: 'drift', about: 'It departs steadily.', amount: { unit: 'K/h', low: -600, high: 600 }, usual: 2 }],
    Fan: [{ name: 'tach-lost', about: 'Its wire is cut.', amount: null, usual: null }],
  },
};

const picture = (rest: Partial<Picture> = {}): Picture => ({
  now_s: 100, truth: { room: 24, speed: 1000, exhaust: 40, power: 5000 }, boards_c: [40, 40, 40, 40, 40, 40, 40, 40], door_open: false, filters_in: [true, true], home: [true, true],
  outputs: {}, hosts: [], state: [], departures: [], waiting: [], done: [], controller: null, jobs: [], ...rest,
});

test('controls come from the table and stand where the rack says', () => {
  const state = [{ act: 'filter', arguments: ['left', 'in'] }, { act: 'filter', arguments: ['right', 'out'] }, { act: 'load', arguments: [9000] }];
  assert.deepEqual(controlsOf(FILTER, state).map((one) => [one.key, one.now]), [['filter left', 'in'], ['filter right', 'out']]);
  assert.equal(controlsOf(LOAD, state)[0]?.now, 9000);
  assert.deepEqual([LOAD, FILTER, SMOKE].map((row) => sortOf(row.parameters[row.parameters.length - 1] ?? null)), ['slider', 'switch', 'choice']);
  assert.equal(sortOf(null), 'button');
  assert.equal(textOf(LOAD, [9000]), 'load 9000 W');
  assert.equal(textOf(LOAD, ['profile']), 'load profile');
  assert.equal(textOf(FILTER, ['left', 'out']), 'filter left out');
});

test('a slider reaches both ends, and what it sets is where it then stands', () => {
  for (const span of [{ unit: 'W', low: 0, high: 60_000 }, { unit: '°C', low: -20, high: 70 }, { unit: '', low: 0.1, high: 1000 }, { unit: 'µg/m³', low: 0, high: 1e9 }]) {
    assert.equal(valueAt(0, span), span.low);
    assert.equal(valueAt(PLACES, span), span.high);
    assert.deepEqual([placeOf(span.low, span), placeOf(span.high, span)], [0, PLACES]);
    let last = -Infinity;
    for (let place = 0; place <= PLACES; place += 1) {
      const value = valueAt(place, span);
      assert.ok(value >= last && value >= span.low && value <= span.high, `${span.unit} ${place}: ${value} after ${last}`);
      assert.ok(Math.abs(placeOf(value, span) - place) <= PLACES / 20, `${span.unit} ${place} -> ${value} -> ${placeOf(value, span)}`);
      last = value;
    }
  }
});

test('what burns, stops or spoils a test is asked twice, and putting a fire out is not', () => {
  for (const act of ['fire 2000 W', 'fire grows fast load', 'contact emergency-off low', 'mend everything', 'host stop all']) assert.ok(asksTwice(act), act);
  for (const act of ['fire out', 'fire 0 W', 'door open', 'contact emergency-off high', 'fault room drift', 'smoke a alarm']) assert.ok(!asksTwice(act), act);
});

test('a fault is found by its own name and comes first; its amount is that of the instrument', () => {
  const [first] = search(TABLES, 'drift');
  assert.deepEqual([first?.key, first?.preset], ['fault drift', ['room', 'drift']]);
  assert.ok(!search(TABLES, 'drift').some((one) => one.key === 'fault tach-lost'), 'not by the names of the others');
  assert.deepEqual(search(TABLES, 'no such word'), []);
  assert.deepEqual(parameterAt(TABLES, FAULT, 1, ['fan'])?.words, ['tach-lost']);
  assert.equal(parameterAt(TABLES, FAULT, 2, ['room', 'drift'])?.number?.unit, 'K/h');
  assert.equal(parameterAt(TABLES, FAULT, 2, ['fan', 'tach-lost'])?.number, null);
});

test('what a controller reads otherwise is named, and nothing is a value after silence', () => {
  const controller = { address: '', answers: true, reads: { room: { point: 'room.temperature', value: 24.3, quality: 'good' }, exhaust: { point: 'x', value: 52, quality: 'good' }, speed: { point: 'y', value: null, quality: 'stale' } } };
  const now = picture({ controller });
  assert.equal(readsWell(now, TABLES, 'room'), true);
  assert.equal(readsWell(picture(), TABLES, 'room'), null);
  assert.deepEqual(differs(now, TABLES).map((one) => one.name), ['exhaust', 'speed']);
  assert.match(saidOf(now, TABLES, 0).exhaust?.sub ?? '', /^≠ reads 52\.0/);
  for (const label of Object.values(saidOf(now, TABLES, 2))) assert.deepEqual([label.value, label.tag], ['STALE', true], label.name);
});

test('words for the rack, times and runs', () => {
  assert.equal(sentenceOf(picture()).abnormal, false);
  assert.match(sentenceOf(picture({ departures: [{ says: 'door open', mend: 'door closed' }] })).text, /door open/);
  assert.match(sentenceOf(picture({ truth: { fire: 12_000 } })).text, /12\.0/);
  assert.deepEqual([7.3, 725, 3661, 90_061].map(rackTime), ['7.3\u00a0s', '12:05', '01:01:01', '1\u00a0d\u00a001:01:01']);
  const job = { id: 1, name: 'x', title: '', seed: 1, step: 2, steps: 4, at_s: 60, wall_s: 0.5, good: 1, bad: 1, why: 'no data', report: false };
  assert.match(jobWords({ ...job, stage: 'running' }), /Step 2 of 4.*1 held, 1 did not/);
  assert.equal(jobWords({ ...job, stage: 'skipped' }), 'no data');
});
