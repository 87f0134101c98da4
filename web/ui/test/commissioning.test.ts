// Words of the commissioning run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayOut } from '../src/model/commissioning';

test('a refused fit says what to do, a good or an ended one nothing', () => {
  assert.match(wayOut('refused: colder with less air') ?? '', /swapped/);
  assert.equal(wayOut('fitted'), null);
  assert.equal(wayOut('aborted'), null);
  assert.equal(wayOut(null), null);
});
