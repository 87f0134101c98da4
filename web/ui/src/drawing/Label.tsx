/** A label of the drawing: name, value (plain, in a chip, outlined or a tag) and a line below, with its leader. */
import { isFollowOn, rank } from '../model/alarms';
import type { Alarm } from '../model/picture';
import { Shape } from '../parts/Shape';
import { textWidth } from './measure';
import type { Place } from './places';

export interface Said {
  name: string;
  /** The figure or the word; a tag when `tag` is set. */
  value: string;
  unit?: string;
  sub?: string;
  tag?: boolean;
  alarm: Alarm | null;
  /** Points it stands for. */
  point: string;
}

const SIZE = { wide: { name: 13, value: 19, unit: 13, sub: 13, drop: 21.5, next: 19 }, near: { name: 14, value: 18, unit: 14, sub: 13, drop: 21, next: 18 } };
/** Between the figure and its unit. */
const GAP = 3;
const PAD = 5;

export function Leader({ place }: { place: Place }) {
  if (!place.dot || !place.leader) return null;
  return (
    <g class="leader">
      <path d={place.leader} />
      <circle cx={place.dot[0]} cy={place.dot[1]} r="3.200" />
    </g>
  );
}

export function Label({ place, said, near = false, valueSize }: { place: Place; said: Said; near?: boolean; valueSize?: number }) {
  const size = near ? SIZE.near : SIZE.wide;
  const figureSize = said.tag ? 14 : (valueSize ?? size.value);
  const { alarm, unit = '' } = said;
  const follow = alarm !== null && isFollowOn(alarm) && !said.tag;
  const chip = alarm !== null && !follow && !said.tag;
  const boxed = chip || follow || said.tag === true;
  const figureWidth = textWidth(said.value, figureSize, said.tag ? 700 : 600);
  const unitWidth = unit === '' ? 0 : GAP + textWidth(unit, size.unit, 400);
  const signWidth = chip ? 23 : follow ? 21 : 0;
  const width = figureWidth + unitWidth + signWidth + (boxed ? 2 * PAD : 0);
  const start = place.side === 'left' ? place.x : place.x - width;
  const base = place.y + size.drop + (boxed ? 1.5 : 0);
  const inside = start + (boxed ? PAD : 0);
  const anchor = place.side === 'left' ? 'start' : 'end';
  const colour = chip ? `p${rank(alarm.priority)}` : '';
  return (
    <g class={near ? 'label near' : 'label'} data-point={said.point}>
      <text class="name" x={place.x} y={place.y} font-size={size.name} text-anchor={anchor}>{said.name}</text>
      {boxed && <rect class={chip ? `chip-box ${colour}` : follow ? 'follow-box' : 'tag-box'} x={start} y={base - 17.5} width={width} height="23" rx={said.tag ? 0 : 2} />}
      {chip && <Shape priority={alarm.priority} x={inside - 1} y={base - 15} size={18} />}
      {follow && <path class="bent-arrow" transform={`translate(${inside} ${base - 13})`} d="M1.500 0v7.500h11M9 4l3.500 3.500L9 11" />}
      <text class={`figure ${colour}${said.tag ? ' tag-text' : ''}`} x={inside + signWidth} y={base - (said.tag ? 1 : 0)} font-size={figureSize}>{said.value}</text>
      {unit !== '' && <text class={`unit ${colour}`} x={inside + signWidth + figureWidth + GAP} y={base} font-size={size.unit}>{unit}</text>}
      {said.sub !== undefined && said.sub !== '' && !near && (
        <text class="sub" x={place.x} y={base + size.next + (boxed ? 2 : 0)} font-size={size.sub} text-anchor={anchor}>{said.sub}</text>
      )}
    </g>
  );
}
