/** The truth over the last ten minutes of the rack, lane by lane on one time axis. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { figure, NBSP, quantityOf } from '../../src/model/format';
import { phone } from '../../src/state/layout';
import { theme } from '../../src/state/theme';
import type { Columns } from '../../src/trends/columns';
import { AXIS, LaneChart, moveCursor, rightOf } from '../../src/trends/LaneChart';
import { timeTicks } from '../../src/trends/ticks';
import { laneOf, LANES, LANES_MAX } from '../model/lanes';
import type { Tables } from '../model/picture';
import { Sentence } from '../parts/Sentence';
import { lost, picture } from '../state/live';
import { tables } from '../state/tables';
import { past, SPAN_S, watch } from '../state/trend';
import { useWidth } from '../parts/useWidth';

const HEIGHT = 96;

/** The rack's clock as time of day: now is now, and its seconds are as long as its speed makes them. */
interface Clock {
  nowS: number;
  wall: number;
  speed: number;
}

const wallOf = (clock: Clock, at: number) => clock.wall - (clock.nowS - at) / clock.speed;

function LaneRow({ name, all, clock }: { name: string; all: Tables; clock: Clock }) {
  const { frame, factor } = useMemo(() => laneOf(all, name), [all, name]);
  const { times, values } = past.value;
  const columns: Columns = useMemo(() => {
    const line = (values[name] ?? []).map((value) => (Number.isFinite(value) ? value * factor : null));
    return [times.map((at) => wallOf(clock, at)), line, line];
  }, [times, clock]);
  const now = picture.value?.truth[name];
  const known = columns[1].filter((value): value is number => value !== null);
  const words = known.length === 0 ? `${frame.title}: nothing yet` : `${frame.title}: ${figure(Math.min(...known), frame.decimals)} to ${figure(Math.max(...known), frame.decimals)} ${frame.unit}`;
  return (
    <div class="trend-lane" data-lane={name}>
      <div class="label">
        <span class="name">{frame.title}</span>
        {lost.value || now === undefined ? <span class="value tag">STALE</span> : <span class="value">{figure(now * factor, frame.decimals)}<span class="unit">{frame.unit}</span></span>}
      </div>
      <LaneChart lane={frame} columns={columns} from={wallOf(clock, clock.nowS - SPAN_S)} to={clock.wall} height={phone.value ? 84 : HEIGHT} theme={theme.value} words={words} />
    </div>
  );
}

function Axis({ clock, width }: { clock: Clock; width: number }) {
  const plot = width - AXIS - rightOf(width);
  if (plot <= 0) return null;
  const [from, to] = [wallOf(clock, clock.nowS - SPAN_S), clock.wall];
  return (
    <svg class="time-axis" width={width} height="24" aria-hidden="true">
      {timeTicks(from, to, plot).map((tick) => {
        const x = ((tick.at - from) / (to - from)) * plot;
        return x > plot - 42 || x < 12 ? null : <text key={tick.at} x={AXIS + x} y="16" text-anchor="middle">{tick.words}</text>;
      })}
      <text class="now-word" x={AXIS + plot} y="16" text-anchor="middle">Now</text>
    </svg>
  );
}

export function Trends() {
  const [names, setNames] = useState<string[]>([...LANES]);
  const { ref, width } = useWidth();
  useEffect(() => watch(names), [names.join()]);
  const [now, all] = [picture.value, tables.value];
  const clock = useMemo<Clock>(() => ({ nowS: now?.now_s ?? 0, wall: Date.now() / 1000, speed: all?.speed ?? 1 }), [now, all]);
  if (!now || !all) return <main><Sentence /></main>;
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -8, ArrowRight: 8, PageUp: -80, PageDown: 80 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveCursor(step);
  };
  const others = all.truths.filter((row) => !names.includes(row.name));
  return (
    <main class="trend-page">
      <Sentence compact />
      <section class="card lanes" aria-label="Truth over the last ten minutes of the rack">
        <div class="title">
          <h2>{`The truth over ten minutes of the rack${all.speed === 1 ? '' : `, which pass in ${figure(SPAN_S / all.speed, 0)}${NBSP}s`}`}</h2>
          <label class="add">Add
            <select value="" disabled={names.length >= LANES_MAX} onChange={(event) => setNames([...names, event.currentTarget.value])}>
              <option value="">a quantity</option>
              {others.map((row) => <option key={row.name} value={row.name}>{`${row.name}${row.unit === '' ? '' : `, ${quantityOf(row.unit).unit}`}`}</option>)}
            </select>
          </label>
        </div>
        <div class="stack" tabIndex={0} role="group" aria-label="Lanes; arrow keys move the cursor" onKeyDown={keys}>
          {names.map((name) => <LaneRow key={name} name={name} all={all} clock={clock} />)}
          <div class="axis" ref={ref}><Axis clock={clock} width={width} /></div>
        </div>
      </section>
    </main>
  );
}
