/** Moving air: arrows exist or not, they do not move. Room air has hollow heads, warm air solid ones. */
import type { Air } from '../model/air';

const ROWS = [0, 1, 2, 3, 4, 5].map((i) => 288 + 36 * i);

/** An arrow head with its tip at a place, turned; the line ends at its base. */
function Head({ x, y, turn = 0, solid = false, size = 1 }: { x: number; y: number; turn?: number; solid?: boolean; size?: number }) {
  return <path class={solid ? 'head solid' : 'head'} transform={`translate(${x} ${y}) rotate(${turn}) scale(${size})`} d="M0 0L-4 9H4z" />;
}

/** Room air that enters through the filters. */
export function Inflow({ air }: { air: Air }) {
  if (!air.throughFilters) return null;
  return (
    <g class="flow">
      {ROWS.map((y) => (
        <g key={y}>
          <path d={`M134 ${y}h17M184 ${y}h13M506 ${y}h-17M456 ${y}h-13`} />
          <Head x={160} y={y} turn={90} />
          <Head x={206} y={y} turn={90} />
          <Head x={480} y={y} turn={-90} />
          <Head x={434} y={y} turn={-90} />
        </g>
      ))}
    </g>
  );
}

/** Warm air that rises behind the boards into the jet. */
export function Rise({ air }: { air: Air }) {
  if (!air.flows) return null;
  return (
    <g class="flow warm">
      <path d="M284 522V226C284 190 306 170 346 169H384C405 169 415 155 418.500 134M356 522V230C356 202 368 184 392 180C418 176 429 160 432 135" />
      <Head x={420} y={126} turn={9} solid />
      <Head x={433} y={126} turn={5} solid />
    </g>
  );
}

/** What the blower drives through its pipe: drawn over the pipe. */
export function Primary({ air }: { air: Air }) {
  if (!air.flows) return null;
  return (
    <g class="flow">
      <path d="M320 92V138Q320 148 330 148H383Q393 148 393 138V121" />
      <Head x={393} y={112} />
    </g>
  );
}

/** The jet that takes the warm air along, and the room air that the blower draws in. */
export function Jet({ air }: { air: Air }) {
  if (!air.flows) {
    return <path class="jet-outline" d="M377 132L370 106M409 132L424 106" />;
  }
  return (
    <g>
      <defs>
        <linearGradient id="jet" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="132" y2="2">
          <stop offset="0" class="jet-stop" stop-opacity="1" />
          <stop offset="0.55" class="jet-stop" stop-opacity="0.6" />
          <stop offset="1" class="jet-stop" stop-opacity="0" />
        </linearGradient>
      </defs>
      <path fill="url(#jet)" d="M377 132H409L424 106L436 2H362L370 106z" />
      <path class="webs" d="M374 104h4v5h-4zM388 104h4v5h-4zM402 104h4v5h-4zM416 104h4v5h-4z" />
      <g class="flow">
        <path d="M320 0V9" />
        <Head x={320} y={18} turn={180} />
      </g>
      <g class="flow warm">
        <path d="M385 92L378.500 36M397 92V30M409 92L415.500 36" />
        <Head x={377.5} y={28} turn={-6.5} solid />
        <Head x={397} y={21} solid />
        <Head x={416.5} y={28} turn={6.5} solid />
      </g>
    </g>
  );
}
