/** The blower with its pipe, or two of them. Turning or not is told by the cross and the colour, never by motion; `turn` sets the wheel. */
import type { Air, Wheel } from '../model/air';

const BLADES = Array.from({ length: 7 }, (_, k) => (360 / 7) * k);
/** Two wheels in one housing, each above its flap. */
const TWO = [{ x: 268, name: 'A' }, { x: 326, name: 'B' }] as const;
const SMALLER = 0.85;

function Wheels({ wheels }: { wheels: [Wheel, Wheel] }) {
  return (
    <>
      <rect class="box" x="240" y="24" width="114" height="60" rx="8" />
      {TWO.map(({ x, name }, place) => {
        const state = wheels[place] ?? 'unknown';
        const word = state.replace(' ', '-');
        return (
          <g key={name} class={`one ${word}`} data-blower={name} data-state={state}>
            <g class="wheel" transform={`translate(${x} 51) scale(${SMALLER})`}>
              <circle r="23" />
              {BLADES.map((turn) => <path key={turn} transform={`rotate(${turn})`} d="M4-4C10-10 15-10 19-5" />)}
              <circle class="hub" r="6" />
            </g>
            {(state === 'failed' || state === 'stopped' || state === 'isolated') && <path class="cross" d={`M${x - 14} 37l28 28M${x + 14} 37l-28 28`} />}
            {/* The flap: shut while its wheel does not turn. */}
            <path class="flap" d={state === 'running' ? `M${x - 10} 76l14 7` : `M${x - 12} 78h24`} />
          </g>
        );
      })}
    </>
  );
}

export function Blower({ air, alarmed, wheels = null, turn = 0 }: { air: Air; alarmed: boolean; wheels?: [Wheel, Wheel] | null; turn?: number }) {
  const { blower } = air;
  return (
    <g class={`blower ${blower}${alarmed ? ' alarmed' : ''}${wheels ? ' two' : ''}`}>
      {/* Hook of the blowing pipe: filled without outline, then the two walls; the mouth stays dashed. */}
      <path class="pipe" d="M305 84V130Q305 160 335 160H392Q410 160 410 144V132H376V136H343Q335 136 335 128V84z" />
      <path class="wall" d="M305 84V130Q305 160 335 160H392Q410 160 410 144V132M335 84V128Q335 136 343 136H376V132" />
      <path class="mouth" d="M376 132H410" />
      {wheels ? (
        <Wheels wheels={wheels} />
      ) : (
        <>
          <rect class="box" x="286" y="24" width="68" height="60" rx="8" />
          <g class="wheel" transform={`translate(320 54)${turn === 0 ? '' : ` rotate(${turn})`}`}>
            <circle r="23" />
            {BLADES.map((turn) => <path key={turn} transform={`rotate(${turn})`} d="M4-4C10-10 15-10 19-5" />)}
            <circle class="hub" r="6" />
          </g>
          {blower === 'stopped' && <path class="cross" d="M303 37l34 34M337 37l-34 34" />}
        </>
      )}
      {blower === 'locked' && (
        <g class="padlock" transform={wheels ? 'translate(297 54)' : 'translate(320 54)'}>
          <path class="shackle" d="M-7-2v-6a7 7 0 0 1 14 0v6" />
          <rect x="-11" y="-3" width="22" height="16" rx="2" />
        </g>
      )}
    </g>
  );
}
