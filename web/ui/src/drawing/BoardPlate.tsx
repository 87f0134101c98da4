/** One board: number, parts, bar from 20 to 100 degrees, value; or the tag of what cannot be shown. */
import { rank } from '../model/alarms';
import { figure } from '../model/format';
import type { Priority } from '../model/picture';
import { Shape } from '../parts/Shape';

const PARTS = [[238, 20], [262, 10], [275, 9], [287, 20], [311, 11]] as const;
const BAR = { x: 330, width: 46, low: 20, high: 100, band: [35, 80] } as const;
const at = (value: number) => BAR.x + (Math.min(BAR.high, Math.max(BAR.low, value)) - BAR.low) * (BAR.width / (BAR.high - BAR.low));

/** `shown` is degrees or a tag; `priority` colours it. */
export function BoardPlate({ board, name, shown, priority }: { board: number; name: string; shown: number | string; priority: Priority | null }) {
  const y = 251 + 34 * (board - 1);
  const colour = priority ? `p${rank(priority)}` : '';
  return (
    <g class={typeof shown === 'string' ? 'board blind' : 'board'} data-point={name}>
      <path class="rail" d={`M211 ${y + 1}h4v22h-4zM425 ${y + 1}h4v22h-4z`} />
      <rect class="plate" x="214" y={y} width="212" height="24" rx="2" />
      <text class="number" x="222" y={y + 17}>{board}</text>
      {PARTS.map(([x, width]) => <rect key={x} class="chip-part" x={x} y={y + 6} width={width} height="12" />)}
      {typeof shown === 'number' ? (
        <>
          <rect class="bar-ground" x={BAR.x} y={y + 9} width={BAR.width} height="6" />
          <rect class="bar-band" x={at(BAR.band[0])} y={y + 9} width={at(BAR.band[1]) - at(BAR.band[0])} height="6" />
          <rect class="bar-mark" x={at(shown) - 1.5} y={y + 5} width="3" height="14" />
          {colour !== '' && <rect class={`alarm-field ${colour}`} x="380" y={y + 2} width="44" height="20" />}
          <text class={`degrees ${colour}`} x="420" y={y + 17.5} text-anchor="end">{`${figure(shown, 0)}°`}</text>
        </>
      ) : (
        <>
          <rect class="tag-box" x="341" y={y + 4} width="80" height="16" />
          <text class="tag-text" x="381" y={y + 16} text-anchor="middle">{shown}</text>
        </>
      )}
      {priority && <Shape priority={priority} x={431} y={y + 3} size={18} filled />}
    </g>
  );
}
