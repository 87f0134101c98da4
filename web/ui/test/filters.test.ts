// The filters' calendar in words and places.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aheadOf, findingWords, leftWords, monthsAhead } from '../src/model/filters';

const NBSP = '\u00a0';
const left = (best: number, low: number, high: number) => ({ best, low, high });

test('what is left is said with its interval, and no end in sight as such', () => {
  assert.equal(leftWords(left(62.4, 48, 90.2)), `62${NBSP}days left, 48 to 90`);
  assert.equal(leftWords(left(150, 77, 3650)), `150${NBSP}days left, 77 to years`);
  assert.equal(leftWords(left(3650, 200, 3650)), `no end in sight, 200${NBSP}days at least`);
  assert.equal(leftWords(left(0, 0, 0.4)), 'at its end');
});

test('one calendar for both filters holds both, within bounds', () => {
  assert.equal(aheadOf([left(20, 15, 30), left(40, 30, 70)]), 120);
  assert.equal(aheadOf([null, left(10, 5, 20)]), 60);
  assert.equal(aheadOf([left(900, 500, 3650), null]), 400);
  assert.equal(aheadOf([null, null]), 60);
});

test('names of months never touch, whatever the calendar', () => {
  for (const ahead of [60, 120, 240, 400]) {
    for (let day = 0; day < 365; day += 11) {
      const months = monthsAhead(1_780_000_000 + 86_400 * day, ahead).map((month) => month.at);
      months.reduce((last, at) => {
        assert.ok(at - last >= 0.13 && at <= 1, `${ahead} ${day} ${at}`);
        return at;
      }, 0);
    }
  }
});

test('findings are words, bit by bit', () => {
  assert.deepEqual(findingWords(0), []);
  assert.deepEqual(findingWords(null), []);
  assert.deepEqual(findingWords(0b100_0010), ['blower not at full speed by its tachometer', 'bearings worn']);
});
