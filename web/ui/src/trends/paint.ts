/** What is painted behind and over a lane's line: band, set point, warning, limit, and the parts that exceed them. */
import type uPlot from 'uplot';
import { rank } from '../model/alarms';
import type { Knot } from '../model/foresight';
import type { Frame, Mark } from './lanes';

export interface Ink {
  ink: string;
  ink2: string;
  band: string;
  line: string;
  panel: string;
  p: [string, string, string, string];
}

/** The colours of the theme in force; a canvas cannot ask CSS by itself. */
export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { ink: of('ink'), ink2: of('ink2'), band: of('band'), line: of('line'), panel: of('panel'), p: [of('p1'), of('p2'), of('p3'), of('p4')] };
}

export function paintBand(u: uPlot, lane: Frame, ink: Ink): void {
  if (!lane.band) return;
  const { ctx, bbox } = u;
  const clamp = (value: number) => Math.min(bbox.top + bbox.height, Math.max(bbox.top, u.valToPos(value, 'y', true)));
  const [a, b] = [clamp(lane.band[0]), clamp(lane.band[1])];
  ctx.save();
  ctx.globalAlpha = 0.45;
  ctx.fillStyle = ink.band;
  ctx.fillRect(bbox.left, Math.min(a, b), bbox.width, Math.abs(b - a));
  ctx.restore();
}

/** Least distance between the words of two marks. */
const WORDS_HIGH = 13;

const DASHES: Record<Mark['style'], number[]> = { set: [1.5, 3], warn: [7, 4], limit: [] };

export function paintMarks(u: uPlot, lane: Frame, ink: Ink, font: string, outside: boolean): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = font;
  const marks = lane.marks.map((mark) => ({ mark, y: u.valToPos(mark.at, 'y', true) })).sort((a, b) => a.y - b.y);
  let lastWords = -Infinity;
  for (const { mark, y } of marks) {
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.strokeStyle = mark.style === 'limit' ? ink.ink : ink.ink2;
    ctx.lineWidth = (mark.style === 'limit' ? 2 : 1) * ratio;
    ctx.setLineDash(DASHES[mark.style].map((dash) => dash * ratio));
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Words stand right of now where there is room, else on their line at the left, away from the live end.
    ctx.fillStyle = ink.ink2;
    ctx.textAlign = 'left';
    ctx.textBaseline = outside ? 'middle' : 'bottom';
    // Inside there is no room for the set point's words beside the warning's: its triangle says it.
    if (outside || mark.style !== 'set') {
      // Lines may be nearer to each other than their words are high: the lower words move down.
      lastWords = Math.max(lastWords + WORDS_HIGH * ratio, outside ? y : y - ratio);
      ctx.fillText(mark.words, outside ? bbox.left + bbox.width + 6 * ratio : bbox.left + 14 * ratio, lastWords);
    }
    if (mark.style === 'set') {
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.fillStyle = ink.ink2;
      ctx.moveTo(bbox.left + 2 * ratio, y - 4.5 * ratio);
      ctx.lineTo(bbox.left + 9 * ratio, y);
      ctx.lineTo(bbox.left + 2 * ratio, y + 4.5 * ratio);
      ctx.fill();
    }
  }
  ctx.restore();
}

/** What is to come: from now on the band between its bounds, and the expected line, dashed because nobody has measured it. */
export function paintForecast(u: uPlot, knots: readonly Knot[], nowS: number, ink: Ink): void {
  if (knots.length < 2) return;
  const { ctx, bbox } = u;
  const x = (knot: Knot) => u.valToPos(nowS + knot.aheadS, 'x', true);
  const y = (value: number) => u.valToPos(value, 'y', true);
  const line = (of: (knot: Knot) => number, order: readonly Knot[]) => order.forEach((knot) => ctx.lineTo(x(knot), y(of(knot))));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  line((knot) => knot.high, knots);
  line((knot) => knot.low, [...knots].reverse());
  ctx.closePath();
  ctx.fillStyle = `${ink.ink}26`;
  ctx.fill();
  ctx.strokeStyle = ink.ink2;
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
  ctx.beginPath();
  line((knot) => knot.expected, knots);
  ctx.strokeStyle = ink.ink;
  ctx.lineWidth = 1.6 * devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.stroke();
  ctx.restore();
}

/** Parts of the line beyond a mark: 3 px in the colour of its alarm, with an outline where the colour alone is too pale. */
export function paintExceeding(u: uPlot, lane: Frame, ink: Ink): void {
  const [times, max] = [u.data[0], u.data[1]];
  const marks = lane.marks.filter((mark) => mark.priority !== null).sort((a, b) => b.at - a.at);
  if (!times || !max || marks.length === 0) return;
  const { ctx } = u;
  const beyond = (value: number | null | undefined) => (value === null || value === undefined ? null : (marks.find((mark) => value > mark.at)?.priority ?? null));
  ctx.save();
  ctx.lineCap = 'round';
  // All outlines before all colours, so that no outline cuts a coloured part.
  for (const outline of [true, false]) {
    ctx.lineWidth = (outline ? 4.6 : 3) * devicePixelRatio;
    for (let k = 1; k < times.length; k += 1) {
      const priority = beyond(max[k]);
      const [before, value] = [max[k - 1], max[k]];
      if (priority === null || before === null || before === undefined || value === null || value === undefined) continue;
      ctx.beginPath();
      ctx.moveTo(u.valToPos(times[k - 1] as number, 'x', true), u.valToPos(before, 'y', true));
      ctx.lineTo(u.valToPos(times[k] as number, 'x', true), u.valToPos(value, 'y', true));
      ctx.strokeStyle = outline ? ink.ink : (ink.p[rank(priority) - 1] as string);
      ctx.stroke();
    }
  }
  ctx.restore();
}
