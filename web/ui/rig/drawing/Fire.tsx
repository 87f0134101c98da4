/** What burns and smokes, drawn where it does: a flame on the floor of the rack, haze under the ceiling, powder in the air. */
import { figure, NBSP } from '../../src/model/format';
import type { Picture } from '../model/picture';

/** A place of the haze and of the powder; the same for every picture, so that nothing flickers. */
const DOTS = Array.from({ length: 34 }, (_, k) => ({ x: Math.round(238 + 164 * ((k * 0.618034) % 1)), y: Math.round(200 + 34 * ((k * 0.754878) % 1)) }));
/** Below these nothing is seen. */
const [SMOKE_SEEN, AGENT_SEEN] = [0.5, 1];

export function Fire({ picture }: { picture: Picture }) {
  const at = (name: string) => picture.truth[name] ?? 0;
  const [fire, smoke, agent] = [at('fire'), Math.max(at('smoke-a'), at('smoke-b')), at('agent')];
  return (
    <g class="burning">
      {smoke > SMOKE_SEEN && <g class="haze">{DOTS.map(({ x, y }) => <circle key={`${x} ${y}`} cx={x} cy={y} r={2.5 + (x % 3)} />)}</g>}
      {agent > AGENT_SEEN && <path class="powder" d={DOTS.map(({ x, y }) => `M${x - 2} ${y + 40}h.1`).join('')} />}
      {fire > 0 && (
        <g class="flame" transform="translate(320 526)">
          <path class="outer" d="M-34 0C-46-34-14-46-20-82C4-70 8-50 4-40C14-46 16-56 15-64C38-44 44-20 32 0Z" />
          <path class="inner" d="M-14 0C-20-18-4-26-5-44C10-32 18-16 12 0Z" />
          <rect class="plate-under" x="-46" y="-24" width="92" height="24" rx="2" />
          <text text-anchor="middle" y="-6.500">{`Fire ${figure(fire / 1000, 1)}${NBSP}kW`}</text>
        </g>
      )}
      {smoke > SMOKE_SEEN && <text class="smoke-words" x="320" y="246" text-anchor="middle">{`smoke ${figure(smoke, 1)}${NBSP}%/m`}</text>}
    </g>
  );
}
