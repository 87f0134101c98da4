/** Over all lanes: alarms as flags with a line through the lanes, shaded while they last; and now. */
import { textWidth } from '../drawing/measure';
import { journal } from '../state/journal';
import { rank } from '../model/alarms';
import { eventsOf, placeFlags } from './flags';
import { AXIS, rightOf } from './LaneChart';

const FLAG = 22;

/** `to` is now; what lies right of it, up to `end`, has not come yet and has no flags. */
export function Overlay({ from, to, end, width, height }: { from: number; to: number; end: number; width: number; height: number }) {
  const plot = ((width - AXIS - rightOf(width)) * (to - from)) / (end - from);
  if (plot <= 0 || height <= 0) return null;
  const flags = placeFlags(eventsOf(journal.value ?? []), from, to, plot, (text) => textWidth(text, 13, 600));
  return (
    <svg class="overlay" width={width} height={height} aria-hidden="true">
      {flags.map((flag) => {
        const x = AXIS + flag.x;
        // At the right edge the flag hangs to the left of its line.
        const left = flag.x + flag.width > plot - 40 ? Math.max(AXIS, x - flag.width) : x;
        return (
          <g key={`${flag.x}${flag.text}`} class={`flag p${rank(flag.priority)}`}>
            <rect class="shade" x={x} y={FLAG + 6} width={Math.max(1, flag.end - flag.x)} height={height - FLAG - 6} />
            <path class="pole" d={`M${x} ${FLAG}V${height}`} />
            <rect class="cloth" x={left} y="1" width={flag.width} height={FLAG} />
            <text x={left + 8} y="16.500" font-size="13">{flag.text}</text>
          </g>
        );
      })}
      <path class="now" d={`M${AXIS + plot} 20V${height}`} />
    </svg>
  );
}
