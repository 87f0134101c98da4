import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageWords, countdownWords, figure, lowerFirst, shown, withUnit } from '../src/model/format';
import { calmScale, highest, linePath } from '../src/model/lines';
import { barWords, place, rowsOf } from '../src/model/rows';
import { columnsOf, scaleOf } from '../src/trends/columns';
import { eventsOf, placeFlags } from '../src/trends/flags';
import { lanesOf } from '../src/trends/lanes';
import { timeTicks } from '../src/trends/ticks';
import { alarm, entry, picture, point } from './support';

test('figures: thin space in thousands, true minus, no minus zero', () => {
  assert.equal(figure(1480, 0), '1\u2009480');
  assert.equal(figure(1234567.89, 1), '1\u2009234\u2009567.9');
  assert.equal(figure(-8.44, 1), '\u22128.4');
  assert.equal(figure(-0.04, 1), '0.0');
  assert.equal(shown(10600, 'W'), '10.6');
  assert.equal(withUnit(0.239, 'm³/s'), '860\u00a0m³/h');
});

test('ages and countdowns in the spec’s words', () => {
  assert.equal(ageWords(54.9), '54\u00a0s');
  assert.equal(ageWords(660), '11\u00a0min');
  assert.equal(ageWords(3 * 86400), '3\u00a0d');
  assert.deepEqual(countdownWords(99.9), { figure: '99', unit: 's' });
  assert.deepEqual(countdownWords(222), { figure: '3:42', unit: 'min' });
  assert.deepEqual(countdownWords(7300), { figure: 'about 2', unit: 'h' });
  assert.equal(lowerFirst('Close the door'), 'close the door');
  assert.equal(lowerFirst('CUT POWER'), 'CUT POWER');
});

test('the highest of several series, bucket by bucket; gaps stay gaps', () => {
  const a = { unit: '°C', min: [1, null, 3], max: [2, null, 4] };
  const b = { unit: '°C', min: [0, null, 9], max: [5, null, 9] };
  assert.deepEqual(highest([a, b]), { unit: '°C', min: [1, null, 9], max: [5, null, 9] });
});

test('a sparkline is never narrower than the noise allows', () => {
  assert.deepEqual(calmScale({ unit: '', min: [40], max: [40.1] }, 1.1), [39.5, 40.6]);
  assert.equal(calmScale({ unit: '', min: [null], max: [null] }, 1), null);
});

test('a peak within a bucket is drawn, noise is not', () => {
  const peak = linePath({ unit: '', min: [0, 0], max: [0, 10] }, [0, 10], 10, 10, 0.1);
  assert.match(peak, /L10 0V10/);
  const calm = linePath({ unit: '', min: [5, 5], max: [5.2, 5.2] }, [0, 10], 10, 10, 0.1);
  assert.doesNotMatch(calm, /V/);
  const gap = linePath({ unit: '', min: [1, null, 1], max: [1, null, 1] }, [0, 10], 10, 10);
  assert.equal(gap.match(/M/g)?.length, 2);
});

test('a bar says its value, band and marks; a mark beyond an end rests on it', () => {
  const settings = new Map([['control.exhaust_target', 42], ['safety.exhaust_warn', 45], ['safety.exhaust_trip', 55]]);
  const context = { setting: (name: string) => settings.get(name) ?? null, ratedW: 12000 };
  const now = picture({ points: { 'rack.exhaust.temperature': point(40.1, '°C') }, alarms: [alarm('exhaust.warm', 'low', { points: ['rack.exhaust.temperature'] })] });
  const [row] = rowsOf(now, context, 0);
  assert.ok(row);
  assert.equal(barWords(row), '40.1 degrees, normal 34 to 45, set point 42, warning 45, limit 55');
  assert.equal(row.alarm?.name, 'exhaust.warm');
  assert.equal(place(300, row.scale), 100);
  assert.equal(rowsOf(now, context, 0).length, 1, 'what is not fitted has no row');
  assert.match(barWords(rowsOf(now, context, 9)[0] ?? row), /^STALE/);
});

test('columns: history, then the live end, never twice and never backwards', () => {
  const history = { from: 0, to: 20, step_s: 10, resolution_s: 1, points: { p: { unit: 'W', min: [1000, 2000], max: [1000, 3000] } } };
  const live = [{ time: 14, values: { p: 9 } }, { time: 21, values: { p: 4000 } }, { time: 22, values: { p: null } }];
  assert.deepEqual(columnsOf(history, live, ['p'], 0.001), [[5, 15, 21, 22], [1, 3, 4, null], [1, 2, 4, null]]);
  assert.deepEqual(scaleOf([[1], [70], [20]], [32, 58]), [20, 70]);
});

test('flags: spans of alarms, joined where there is no room', () => {
  const journal = [entry(3, 60, 'alarm', 'b'), entry(2, 50, 'alarm', 'a', false), entry(1, 10, 'alarm', 'a')];
  const events = eventsOf(journal);
  assert.deepEqual(events.map(({ from, to }) => [from, to]), [[10, 50], [60, null]]);
  const wide = placeFlags(events, 0, 100, 1000, () => 40);
  assert.deepEqual(wide.map(({ x, end, text }) => [x, end, text]), [[100, 500, 'a'], [600, 1000, 'b']]);
  const tight = placeFlags(events, 0, 100, 100, () => 90);
  assert.equal(tight.length, 1);
  assert.equal(tight[0]?.text, 'a +1');
  assert.equal(placeFlags(events, 0, 5, 100, () => 10).length, 0);
});

test('time ticks are round and fit', () => {
  for (const [seconds, width] of [[600, 1000], [2400, 300], [86400, 1000], [365 * 86400, 900]] as const) {
    const ticks = timeTicks(1_700_000_123 - seconds, 1_700_000_123, width);
    assert.ok(ticks.length >= 1 && ticks.length <= width / 90 + 1, `${seconds} s in ${width} px: ${ticks.length}`);
  }
});

test('lanes take their marks from the settings and invent none', () => {
  const none = lanesOf(() => null, null);
  assert.deepEqual(none.flatMap((lane) => lane.marks), []);
  const marks = lanesOf((name) => ({ 'safety.exhaust_trip': 55 })[name] ?? null, 12000).flatMap((lane) => lane.marks);
  assert.deepEqual(marks.map((mark) => mark.words), ['limit 55', 'rated 12']);
});
