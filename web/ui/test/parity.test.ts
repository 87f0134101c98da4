// Residuals: places, words, silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingSentence, hasParity, placeOf, residualsOf, residualWords } from '../src/model/parity';
import { read } from '../src/model/reading';
import { picture, point, state } from './support';

const absent = (reason: string) => ({ ...point(null, ''), quality: 'stale' as const, reason });
const rack = picture({
  points: {
    'parity.finding': state('draft sensor is off'),
    'parity.pressure.residual': point(-6.04, ''),
    'parity.pressure.sum': point(-1.4, ''),
    'parity.heat.residual': absent('suspended'),
    'parity.heat.sum': point(0.2, ''),
    'parity.flow.residual': point(0.3, ''),
    'parity.flow.sum': point(0, ''),
  },
});

test('what departs says so beside its number, what is silent says why', () => {
  const [heat, pressure] = residualsOf(rack);
  assert.equal(residualWords(pressure!), '−6.0 σ, departs');
  assert.equal(residualWords(heat!), 'suspended');
  assert.equal(heat!.departs, false);
  assert.deepEqual(residualsOf(rack).map((one) => one.code), ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']);
});

test('a bar has its zero in the middle and its ends hold what is farther', () => {
  assert.equal(placeOf(0), 50);
  assert.equal(placeOf(99), 100);
  assert.equal(placeOf(-99), 0);
});

test('the finding is a sentence, nothing found is one, and nothing judged is told from it', () => {
  assert.deepEqual(findingSentence(read(rack, 'parity.finding')), { words: 'Draft sensor is off', found: true });
  const calm = picture({ points: { 'parity.finding': state('nothing found') } });
  assert.deepEqual(findingSentence(read(calm, 'parity.finding')), { words: 'Nothing found', found: false });
  const silent = picture({ points: { 'parity.finding': absent('starting') } });
  assert.deepEqual(findingSentence(read(silent, 'parity.finding')), { words: 'Nothing can be judged: starting', found: false });
  assert.equal(hasParity(picture()), false);
});

test('without a picture for two seconds no residual is a value', () => {
  assert.ok(residualsOf(rack, 3).every((one) => one.reading.kind !== 'value' && !one.departs));
});
