/** A unit under the ceiling: guide plate, case, powder on a paper separator, outlet. A tick only when it is armed. */

export function Extinguisher({ side, state }: { side: 'left' | 'right'; state: string | null }) {
  const x = side === 'left' ? 186 : 410;
  const letter = side === 'left' ? 'A' : 'B';
  const look = state === null ? 'blind' : state === 'fired' ? 'fired' : state === 'armed' ? 'armed' : 'impaired';
  return (
    <g class={`extinguisher ${look}`}>
      <path class="guide" d={`M${x - 2} 194h48v4h-48zM${x + 18} 198h8v3h-8z`} />
      {state !== 'absent' && (
        <>
          <path class="case" d={`M${x + 12} 226H${x}V201h44v25h-12`} />
          {look === 'fired' ? (
            <>
              <path class="separator" d={`M${x + 4} 219l6 3 5-4M${x + 40} 219l-6 3-5-4`} />
              <path class="powder" d={`M${x + 14} 230h.1M${x + 22} 229h.1M${x + 30} 231h.1M${x + 18} 235h.1M${x + 26} 235h.1M${x + 10} 239h.1M${x + 22} 240h.1M${x + 34} 239h.1`} />
            </>
          ) : (
            <path class="separator" stroke-dasharray="3 2.500" d={`M${x + 2} 220h40`} />
          )}
          <text x={look === 'armed' ? x + 13 : x + 22} y="216" text-anchor="middle">{letter}</text>
          {look === 'armed' && <path class="done" d={`M${x + 23} 211l4 4 8-8`} />}
        </>
      )}
    </g>
  );
}
