/** Rack, chamber, coating and floor: what does not move. Units are those of the drawing, see the geometry table. */

/** Fins of the coating: every 6, inward. */
const FINS = Array.from({ length: 49 }, (_, k) => 236 + 6 * k);
/** Bars between the slits of a side plate. */
const SLITS = Array.from({ length: 7 }, (_, k) => 270 + 36 * k);
/** Webs between the discharge holes. */
const WEBS = [374, 388, 402, 416];

export function Housing({ still }: { still: boolean }) {
  return (
    <g class="housing">
      <defs>
        {/* The warm layer: one gradient over chamber and rack, densest under the ceiling; still air fills the rack. */}
        <linearGradient id="warm-layer" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="104" y2="528">
          <stop offset="0" class="jet-stop" stop-opacity={still ? 0.55 : 0.3} />
          <stop offset="0.2" class="jet-stop" stop-opacity={still ? 0.8 : 0.62} />
          <stop offset="1" class="jet-stop" stop-opacity={still ? 0.42 : 0} />
        </linearGradient>
      </defs>
      <path class="floor" d="M130 551H510" />
      <path class="foot" d="M186 536h26v15h-26zM428 536h26v15h-26z" />
      <path class="cavity" d="M178 194h62v-8h-43v-77h246v77h-39v8h58v334H178z" />
      <path fill="url(#warm-layer)" d="M178 194h62v-8h-43v-77h246v77h-39v8h58v334H178z" />
      {/* Walls 8 thick; the side plates are open at the slits. */}
      <path class="steel" d="M170 186h8v84h-8zM170 486h8v50h-8zM462 186h8v84h-8zM462 486h8v50h-8zM170 528h300v8H170z" />
      <path class="steel" d="M170 186h70v8h-70zM404 186h66v8h-66z" />
      {/* Suction chamber, walls 5 thick; its top is open at the discharge holes. */}
      <path class="steel" d="M192 104h172v5H197v77h-5zM448 104h-18v5h13v77h5z" />
      {WEBS.map((x) => <rect key={x} class="steel" x={x} y="104" width="4" height="5" />)}
      <path class="coating" d="M180 236V527M460 236V527" />
      <path class="fins" d={FINS.map((y) => `M180 ${y}h7M460 ${y}h-7`).join('')} />
    </g>
  );
}

const STEP = 36 / 8;
/** The pleats of a filter between two bars, as a zigzag. */
const pleats = (left: number) =>
  Array.from({ length: 6 }, (_, cell) => {
    const top = 273 + 36 * cell;
    return Array.from({ length: 7 }, (_, k) => `${k === 0 ? 'M' : 'L'}${k % 2 === 0 ? left : left + 9} ${top + k * (STEP + 0.5)}`).join('');
  }).join('');

/** The bars between the slits: they hold the filters, so they stand before them. */
export function Slits() {
  return <path class="steel" d={SLITS.map((y) => `M165 ${y - 3}h14v6h-14zM461 ${y - 3}h14v6h-14z`).join('')} />;
}

/** A filter in its slot; `state` for the one that is missing or cannot be told. */
export function Filter({ side, state }: { side: 'left' | 'right'; state: 'in' | 'missing' | 'unknown' }) {
  const left = side === 'left' ? 167.5 : 463.5;
  const box = side === 'left' ? 165 : 461;
  return (
    <g class={`filter ${state}`}>
      <rect class="frame" x={box} y="270" width="14" height="216" />
      {state !== 'missing' && <path class="pleats" d={pleats(left)} />}
    </g>
  );
}
