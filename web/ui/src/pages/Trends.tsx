/** The trends: five lanes on one time axis, from ten minutes to a year, with the live end. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { figure, NBSP } from '../model/format';
import { cut, type Knot } from '../model/foresight';
import type { Picture } from '../model/picture';
import { Sentence } from '../parts/Sentence';
import { Value } from '../parts/Value';
import { phone } from '../state/layout';
import { picture, valueSilence } from '../state/live';
import { rack, setting, settings } from '../state/site';
import { theme } from '../state/theme';
import { failed, history, liveEnd, range, RANGES, watch } from '../state/trend';
import { columnsOf, type Columns } from '../trends/columns';
import { AXIS, LaneChart, moveCursor, rightOf } from '../trends/LaneChart';
import { lanesOf, type Lane } from '../trends/lanes';
import { Overlay } from '../trends/Overlay';
import { timeTicks } from '../trends/ticks';

const LANE_HEIGHT = 106;

function Ranges() {
  return (
    <div class="choices ranges" role="group" aria-label="Range">
      {RANGES.map((one) => (
        <button key={one.key} type="button" aria-pressed={range.value.key === one.key} onClick={() => (range.value = one)}>{one.title}</button>
      ))}
    </div>
  );
}

/** What a lane says to one who does not see it. */
function laneWords(lane: Lane, columns: Columns, knots: readonly Knot[]): string {
  const values = [...columns[1], ...columns[2]].filter((value): value is number => value !== null);
  if (values.length === 0) return `${lane.title}: no history`;
  const say = (value: number) => figure(value, lane.decimals);
  const last = knots[knots.length - 1];
  const ahead = last ? `; expected ${say(last.expected)} in ${Math.round(last.aheadS / 60)} min, between ${say(last.low)} and ${say(last.high)}` : '';
  return `${lane.title}: ${say(Math.min(...values))} to ${say(Math.max(...values))} ${lane.unit} in the last ${range.value.title}${ahead}`;
}

function LaneRow({ lane, now, from, to }: { lane: Lane; now: Picture; from: number; to: number }) {
  const columns = useMemo(() => columnsOf(history.value, liveEnd.value, lane.points, lane.factor), [history.value, liveEnd.value, lane]);
  const knots = useMemo(() => cut(lane.forecast(now, valueSilence.value), range.value.aheadS).filter((_, __, all) => all.length > 1), [lane, now, range.value, valueSilence.value]);
  return (
    <div class="trend-lane">
      <div class="label">
        <span class="name">{lane.title}</span>
        <Value reading={lane.reading(now, valueSilence.value)} alarm={lane.alarm(now)} decimals={lane.decimals} />
      </div>
      <LaneChart lane={lane} columns={columns} from={from} to={to + range.value.aheadS} height={phone.value ? 92 : LANE_HEIGHT} theme={theme.value} words={laneWords(lane, columns, knots)} knots={knots} nowS={to} />
    </div>
  );
}

/** `to` is now; `end` is as far ahead as is shown. */
function TimeAxis({ from, to, end, width }: { from: number; to: number; end: number; width: number }) {
  const plot = width - AXIS - rightOf(width);
  if (plot <= 0) return null;
  const at = ((to - from) / (end - from)) * plot;
  return (
    <svg class="time-axis" width={width} height="24" aria-hidden="true">
      {timeTicks(from, end, plot).map((tick) => {
        const x = ((tick.at - from) / (end - from)) * plot;
        return Math.abs(x - at) < 42 || x < 12 || x > plot - 12 ? null : <text key={tick.at} x={AXIS + x} y="16" text-anchor="middle">{tick.words}</text>;
      })}
      <text class="now-word" x={AXIS + at} y="16" text-anchor="middle">Now</text>
    </svg>
  );
}

/** Width and height of an element as they change. */
function useSize() {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const watcher = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [picture.value !== null]);
  return { ref, size };
}

export function Trends() {
  useEffect(watch, []);
  const { ref, size } = useSize();
  const now = picture.value;
  const ratedW = rack.value?.rated_power_w ?? null;
  const lanes = useMemo(() => lanesOf(setting, ratedW), [settings.value, ratedW]);
  const to = now?.time ?? 0;
  const from = to - range.value.seconds;
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -8, ArrowRight: 8, PageUp: -80, PageDown: 80 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveCursor(step);
  };
  return (
    <main class="trend-page">
      <Sentence compact><Ranges /></Sentence>
      <section class="card lanes" aria-label={`Trends, last ${range.value.title}`}>
        <h2 class="spoken">Trends</h2>
        {failed.value && <p class="nothing">{`The history does not answer; only the live end is shown.${NBSP}`}</p>}
        {now && (
          <div class="stack" tabIndex={0} role="group" aria-label="Lanes; arrow keys move the cursor" onKeyDown={keys}>
            {lanes.map((lane) => <LaneRow key={lane.key} lane={lane} now={now} from={from} to={to} />)}
            <div class="over" ref={ref}>
              <Overlay from={from} to={to} end={to + range.value.aheadS} width={size.width} height={size.height} />
            </div>
            <div class="axis"><TimeAxis from={from} to={to} end={to + range.value.aheadS} width={size.width} /></div>
          </div>
        )}
      </section>
    </main>
  );
}
