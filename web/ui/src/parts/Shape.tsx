/** The priority's shape with its number: colour never speaks alone. */
import { rank } from '../model/alarms';
import type { Priority } from '../model/picture';

const OUTLINES = {
  1: <path d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" />,
  2: <path d="M10 .8 19.2 10 10 19.2.8 10z" />,
  3: <path d="M10 1.4 19.2 18.2H.8z" />,
  4: <circle cx="10" cy="10" r="8.8" />,
} as const;

/** `filled` on grey ground; outlined in the text's colour on a filled chip. `x`, `y` and `size` place it in a drawing. */
export function Shape({ priority, filled = false, blink = false, x, y, size }: {
  priority: Priority;
  filled?: boolean;
  blink?: boolean;
  x?: number;
  y?: number;
  size?: number;
}) {
  const number = rank(priority);
  const look = `shape p${number} ${filled ? 'filled' : 'outlined'}${blink ? ' blink' : ''}`;
  return (
    <svg class={look} viewBox="-1 -1 22 22" x={x} y={y} width={size} height={size} aria-hidden="true">
      {OUTLINES[number]}
      <text x="10" y={number === 3 ? 16 : 14.3} text-anchor="middle" font-size={number === 3 ? 11 : 12}>
        {number}
      </text>
    </svg>
  );
}

/** Ring with a tick: met, done, normal. */
export function Tick() {
  return (
    <svg class="tick" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8.6" />
      <path d="M6 10.4l2.9 2.9L14.2 7" />
    </svg>
  );
}

/** Bent arrow: follows from something else. */
export function BentArrow() {
  return (
    <svg class="bent" viewBox="0 0 14 12" aria-hidden="true">
      <path d="M1.5 1v6.5h10M8.5 4l3.5 3.5L8.5 11" />
    </svg>
  );
}
