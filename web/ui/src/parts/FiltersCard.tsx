/** The filters' calendar and the blower's self-test: how long each filter lasts, what the last test found, the way to one. */
import { useEffect } from 'preact/hooks';
import { alarmAt } from '../model/alarms';
import { aheadOf, dayAfter, findingWords, leftOf, leftWords, monthsAhead, resultWords, type Left } from '../model/filters';
import { ageWords, figure, NBSP } from '../model/format';
import { extent, linePath } from '../model/lines';
import type { Picture } from '../model/picture';
import { isFitted, numberOf, read, stateOf } from '../model/reading';
import type { Side } from '../model/unit';
import { lost, picture, valueSilence } from '../state/live';
import { seasonOf, watch } from '../state/season';
import { sheet } from '../state/sheet';
import { setting } from '../state/site';
import { Card, Line } from './Card';
import { Commissioning } from './Commissioning';
import { Value } from './Value';

const WIDTH = 280;
const HEIGHT = 44;
const SIDES = ['left', 'right'] as const;

/** The time ahead: months, the interval as a band, the best estimate as a mark, the warning's days as a line. */
function Calendar({ now, left, ahead, side }: { now: Picture; left: Left | null; ahead: number; side: Side }) {
  const soon = setting('filter.days_warning');
  const at = (days: number) => Math.min(100, Math.max(0, (100 * days) / ahead));
  const words = left ? leftWords(left) : 'not known yet';
  return (
    <div class="calendar" role="img" aria-label={`Filter ${side}: ${words}`}>
      {left ? (
        <div class="bar">
          <i class="band" style={{ left: `${at(left.low)}%`, width: `${at(left.high) - at(left.low)}%` }} />
          {soon !== null && <i class="warn" style={{ left: `${at(soon)}%` }} />}
          <i class="mark" style={{ left: `${at(left.best)}%` }} />
        </div>
      ) : (
        <div class="bar hatched" />
      )}
      <div class="months" aria-hidden="true">
        <span style={{ left: '0%' }}>today</span>
        {monthsAhead(now.time, ahead).map(({ name, at }) => <span key={name} style={{ left: `${100 * at}%` }}>{name}</span>)}
      </div>
    </div>
  );
}

/** Resistance over the last season, on a scale from nothing to the end of life. */
function Season({ side, end }: { side: Side; end: number }) {
  const series = seasonOf(`filter.${side}.resistance`);
  const span = series && extent(series);
  const whole = series?.max.filter((value) => value !== null).length ?? 0;
  // One bucket is no course yet.
  if (!series || !span || whole < 2) return null;
  return (
    <figure class="lane">
      <figcaption><span>Last 120 days</span><span class="span">{`${figure(span[0], 1)} to ${figure(span[1], 1)} times clean, end ${figure(end, 1)}`}</span></figcaption>
      <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={linePath(series, [0, end], WIDTH, HEIGHT, 0.05)} />
      </svg>
    </figure>
  );
}

function Filter({ now, side, ahead }: { now: Picture; side: Side; ahead: number }) {
  if (!isFitted(now, `filter.${side}.pressure`)) return null;
  const silence = valueSilence.value;
  const left = leftOf(now, side, silence);
  const point = `filter.${side}.resistance`;
  const end = (setting('filter.end_of_life') ?? 400) / 100;
  const dates = left && left.high >= 1 && left.high < 3650 ? `${dayAfter(now.time, left.low)} to ${dayAfter(now.time, left.high)}` : null;
  return (
    <section class="holder" aria-label={`Filter ${side}`} data-filter={side}>
      <h3>{`Filter ${side}`}</h3>
      <p class="left">{left ? leftWords(left) : lost.value ? 'no data' : 'not known yet: needs a day'}</p>
      <Calendar now={now} left={left} ahead={ahead} side={side} />
      <dl>
        {dates && <Line name="Change between">{dates}</Line>}
        <Line name="Times clean"><Value reading={read(now, point, silence)} alarm={alarmAt(now, point)} decimals={2} /></Line>
      </dl>
      <Season side={side} end={end} />
    </section>
  );
}

const share = (value: number | null) => (value === null ? '' : `, ${figure(value, 0)}${NBSP}% of new`);

function Test({ now }: { now: Picture }) {
  const silence = valueSilence.value;
  const of = (name: string) => numberOf(read(now, name, silence));
  const state = stateOf(read(now, 'self_test.state', silence));
  const running = state !== null && state !== 'idle';
  const found = findingWords(of('self_test.findings'));
  const waits = stateOf(read(now, 'self_test.waits_for', silence));
  const coast = of('blower.a.coast_down');
  const other = of('blower.b.coast_down');
  const [age, power] = [of('self_test.age'), of('self_test.power.share')];
  const zeros = ['filter.left.pressure.zero', 'filter.right.pressure.zero', 'rack.draft.pressure.zero'].map(of);
  return (
    <section class="holder" aria-label="Self-test of the blower" data-selftest={state ?? ''}>
      <h3>Self-test of the blower</h3>
      <dl>
        <Line name={running ? 'Now' : 'Last'}>{running ? state : lost.value ? 'no data' : resultWords(now, silence)}</Line>
        {found.length > 0 && <Line name="Found">{found.join('; ')}</Line>}
        {age !== null && <Line name="Last whole one">{`${ageWords(age)} ago`}</Line>}
        {!running && waits !== null && <Line name="Next waits for">{waits}</Line>}
        {other !== null && <Line name="Coast-down, blower B">{`${figure(other, 1)}${NBSP}s`}</Line>}
        <Line name={isFitted(now, 'blower.b.state') ? 'Coast-down, blower A' : 'Coast-down'}>{coast === null ? 'not seen yet' : `${figure(coast, 1)}${NBSP}s${other === null ? share(of('self_test.coast_down.share')) : ''}`}</Line>
        <Line name="Power at full speed">{power === null ? 'not seen yet' : `${figure(power, 0)}${NBSP}% of new`}</Line>
        <Line name="Sensors’ zeros, Pa">{zeros.map((zero) => (zero === null ? '–' : figure(zero, 1))).join(', ')}</Line>
      </dl>
      <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: running ? 'endSelfTest' : 'selfTest' })}>
        {running ? 'End the self-test' : 'Self-test now'}
      </button>
    </section>
  );
}

export function FiltersCard() {
  useEffect(watch, []);
  const now = picture.value;
  if (!now || !SIDES.some((side) => isFitted(now, `filter.${side}.pressure`))) return null;
  const ahead = aheadOf(SIDES.map((side) => leftOf(now, side)));
  return (
    <Card title="Filters and blower" className="filters" anchor="filters">
      <div class="pair">
        {SIDES.map((side) => <Filter key={side} now={now} side={side} ahead={ahead} />)}
        <Test now={now} />
        <Commissioning now={now} />
      </div>
    </Card>
  );
}
