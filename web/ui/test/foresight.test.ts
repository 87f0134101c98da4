/** What is to come: the forecast's knots, and times to a limit in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, forecastOf, limitWords } from '../src/model/foresight';
import type { Picture, Point } from '../src/model/picture';
import { scaleOf } from '../src/trends/columns';
import { lanesOf } from '../src/trends/lanes';
import { picture, point } from './support';

const far: Point = { value: null, unit: 's', quality: 'out-of-range', reason: 'not in sight', age_s: 3 };
const silent: Point = { value: null, unit: 's', quality: 'stale', reason: 'suspended', age_s: 3 };

function told(): Picture {
  const points: Record<string, Point> = { 'rack.exhaust.temperature': point(42, '°C') };
  ['30s', '1min', '2min', '5min', '10min'].forEach((key, k) => {
    points[`rack.exhaust.forecast.${key}.low`] = point(42 + k, '°C');
    points[`rack.exhaust.forecast.${key}`] = point(43 + 2 * k, '°C');
    points[`rack.exhaust.forecast.${key}.high`] = point(44 + 3 * k, '°C');
  });
  return picture({ points });
}

test('a forecast begins at what is measured and is whole or none', () => {
  const knots = forecastOf(told(), 0);
  assert.deepEqual(knots.map((knot) => knot.aheadS), [0, 30, 60, 120, 300, 600]);
  assert.deepEqual(knots[0], { aheadS: 0, low: 42, expected: 42, high: 42 });
  assert.deepEqual(knots[5], { aheadS: 600, low: 46, expected: 51, high: 56 });
  assert.deepEqual(forecastOf(told(), 9), [], 'without pictures nothing is a forecast');
  const part = told();
  part.points['rack.exhaust.forecast.2min.low'] = silent;
  assert.deepEqual(forecastOf(part, 0), []);
  assert.deepEqual(forecastOf(picture(), 0), []);
});

test('it is cut where the time shown ends', () => {
  const knots = forecastOf(told(), 0);
  assert.deepEqual(cut(knots, 300).map((knot) => knot.aheadS), [0, 30, 60, 120, 300]);
  const between = cut(knots, 450);
  assert.deepEqual(between[between.length - 1], { aheadS: 450, low: 45.5, expected: 50, high: 54.5 });
  assert.equal(cut(knots, 0).length, 1);
  assert.deepEqual(cut([], 300), []);
});

test('the exhaust has a forecast and its scale follows what is expected, not its bounds', () => {
  const [exhaust, ...others] = lanesOf(() => null, 12000);
  assert.equal(exhaust?.forecast(told(), 0).length, 6);
  assert.ok(others.every((lane) => lane.forecast(told(), 0).length === 0));
  const knots = [{ aheadS: 600, low: 50, expected: 70, high: 90 }];
  assert.deepEqual(scaleOf([[], [], []], [32, 58], knots), [32, 70]);
  assert.deepEqual(scaleOf([[], [], []], [32, 58]), [32, 58]);
});

test('a time to a limit is a span, a bound, or not in sight; never a number that nobody told', () => {
  const words = (low: Point, high: Point) => limitWords(picture({ points: { 'time_to.shutdown.low': low, 'time_to.shutdown.high': high } }), 'shutdown', 0);
  assert.equal(words(far, far), 'Not in sight');
  assert.equal(words(point(47, 's'), point(130, 's')), '47\u00a0s to 2:10\u00a0min');
  assert.equal(words(point(47, 's'), far), '47\u00a0s or later');
  assert.equal(words(point(47, 's'), silent), '47\u00a0s\u00a0at the earliest', 'safety\u2019s own extrapolation has one bound');
  assert.equal(words(point(0, 's'), point(0, 's')), 'Reached');
  assert.equal(words(silent, silent), null);
  assert.equal(limitWords(picture(), 'warn', 0), null);
});
