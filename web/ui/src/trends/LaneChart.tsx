/** One lane: uPlot with one ink line between least and greatest, and the value beside the line at the cursor. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { figure } from '../model/format';
import type { Knot } from '../model/foresight';
import { scaleOf, type Columns } from './columns';
import type { Frame } from './lanes';
import { inkOf, paintBand, paintExceeding, paintForecast, paintMarks } from './paint';
import { timeTicks } from './ticks';

/** Room of the value axis; the flags above the lanes stand on the same left edge. */
export const AXIS = 44;
/** Room right of now, for the words of the marks; a narrow chart has none and they stand inside. */
export const rightOf = (width: number): number => (width < 560 ? 12 : 78);
const SYNC = 'trends';

/** What a chart draws, kept apart from the chart so that it need not be made anew each second. */
interface Drawn {
  lane: Frame;
  columns: Columns;
  from: number;
  to: number;
  /** What is to come from `nowS` on; it lies within the time shown. */
  knots: readonly Knot[];
  nowS: number;
}

const NONE: readonly Knot[] = [];

function options(host: HTMLElement, width: number, height: number, drawn: { current: Drawn }, tag: HTMLElement): uPlot.Options {
  const ink = inkOf(host);
  const style = getComputedStyle(host);
  const font = (size: number) => `${size}px ${style.fontFamily}`;
  const small = Math.round(parseFloat(style.fontSize) * 0.8);
  const { lane } = drawn.current;
  const right = rightOf(width);
  const line = { stroke: ink.ink, width: 1.6, points: { show: false }, spanGaps: false };
  return {
    width, height, padding: [6, right, 6, 0], legend: { show: false }, pxAlign: 0,
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: SYNC, setSeries: false }, points: { one: true, size: 7, width: 1.6, stroke: ink.ink, fill: ink.panel } },
    scales: {
      x: { time: true, range: () => [drawn.current.from, drawn.current.to] },
      y: { range: () => scaleOf(drawn.current.columns, drawn.current.lane.range, drawn.current.knots), dir: lane.range[1] <= 0 ? -1 : 1 },
    },
    axes: [
      { show: true, size: 0, ticks: { show: false }, grid: { stroke: ink.line, width: 1 }, values: () => [], splits: (_, __, min, max) => timeTicks(min, max, width - AXIS - right).map((tick) => tick.at) },
      { size: AXIS, font: font(small), stroke: ink.ink2, ticks: { show: false }, grid: { show: false }, gap: 6, space: 28, values: (_, splits) => splits.map((value) => figure(value, 0)) },
    ],
    series: [{}, line, { ...line, width: 1, stroke: `${ink.ink}80` }],
    bands: [{ series: [1, 2], fill: `${ink.ink}55` }],
    hooks: {
      drawClear: [(u) => paintBand(u, drawn.current.lane, ink)],
      draw: [
        (u) => {
          paintMarks(u, drawn.current.lane, ink, font(small * devicePixelRatio), right > 60);
          paintForecast(u, drawn.current.knots, drawn.current.nowS, ink);
          paintExceeding(u, drawn.current.lane, ink);
        },
      ],
      setCursor: [
        (u) => {
          const { idx, left = -1 } = u.cursor;
          const [max, min] = [u.data[1]?.[idx ?? -1], u.data[2]?.[idx ?? -1]];
          tag.hidden = left < 0 || idx === null || idx === undefined || max === null || max === undefined;
          if (tag.hidden || max === null || max === undefined) return;
          const { decimals, unit } = drawn.current.lane;
          const [high, low] = [figure(max, decimals), figure(min ?? max, decimals)];
          tag.textContent = `${low === high ? high : `${low} to ${high}`}\u00a0${unit}`;
          const y = u.valToPos(max, 'y');
          tag.style.top = `${Math.min(height - 26, Math.max(2, y + 6))}px`;
          const flip = left > (width - AXIS - right) * 0.8;
          tag.style.left = flip ? '' : `${AXIS + left + 8}px`;
          tag.style.right = flip ? `${width - AXIS - left + 8}px` : '';
        },
      ],
    },
  };
}

export function LaneChart({ lane, columns, from, to, height, theme, words, knots = NONE, nowS = to }: {
  lane: Frame;
  columns: Columns;
  from: number;
  to: number;
  height: number;
  theme: string;
  words: string;
  knots?: readonly Knot[];
  nowS?: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const tag = useRef<HTMLSpanElement>(null);
  const chart = useRef<uPlot | null>(null);
  const drawn = useRef<Drawn>({ lane, columns, from, to, knots, nowS });
  drawn.current = { lane, columns, from, to, knots, nowS };
  useEffect(() => {
    const element = host.current;
    if (!element || !tag.current) return undefined;
    const label = tag.current;
    const make = () => {
      chart.current?.destroy();
      chart.current = new uPlot(options(element, element.clientWidth, height, drawn, label), drawn.current.columns, element);
    };
    make();
    let width = element.clientWidth;
    const watch = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      make();
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [theme, height, lane.key]);
  useEffect(() => {
    chart.current?.setData(columns);
  }, [columns, from, to, lane, knots, nowS]);
  return (
    <div class="chart" ref={host} role="img" aria-label={words}>
      <span class="cursor-value" ref={tag} hidden />
    </div>
  );
}

/** Moves the cursor of all lanes, for the keyboard. */
export function moveCursor(step: number): void {
  const [first] = uPlot.sync(SYNC).plots;
  if (!first) return;
  const width = first.over.clientWidth;
  const before = first.cursor.left ?? -1;
  const left = Math.min(width, Math.max(0, (before < 0 ? width : before) + step));
  for (const plot of uPlot.sync(SYNC).plots) plot.setCursor({ left, top: 10 }, false);
}
