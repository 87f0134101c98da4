/** The blower with its pipe. Turning or not is told by the cross and the colour, never by motion; `turn` sets the wheel. */
import type { Air } from '../model/air';

const BLADES = Array.from({ length: 7 }, (_, k) => (360 / 7) * k);

export function Blower({ air, alarmed, turn = 0 }: { air: Air; alarmed: boolean; turn?: number }) {
  const { blower } = air;
  return (
    <g class={`blower ${blower}${alarmed ? ' alarmed' : ''}`}>
      {/* Hook of the blowing pipe: filled without outline, then the two walls; the mouth stays dashed. */}
      <path class="pipe" d="M305 84V130Q305 160 335 160H392Q410 160 410 144V132H376V136H343Q335 136 335 128V84z" />
      <path class="wall" d="M305 84V130Q305 160 335 160H392Q410 160 410 144V132M335 84V128Q335 136 343 136H376V132" />
      <path class="mouth" d="M376 132H410" />
      <rect class="box" x="286" y="24" width="68" height="60" rx="8" />
      <g class="wheel" transform={`translate(320 54)${turn === 0 ? '' : ` rotate(${turn})`}`}>
        <circle r="23" />
        {BLADES.map((turn) => <path key={turn} transform={`rotate(${turn})`} d="M4-4C10-10 15-10 19-5" />)}
        <circle class="hub" r="6" />
      </g>
      {blower === 'stopped' && <path class="cross" d="M303 37l34 34M337 37l-34 34" />}
      {blower === 'locked' && (
        <g class="padlock" transform="translate(320 54)">
          <path class="shackle" d="M-7-2v-6a7 7 0 0 1 14 0v6" />
          <rect x="-11" y="-3" width="22" height="16" rx="2" />
        </g>
      )}
    </g>
  );
}
