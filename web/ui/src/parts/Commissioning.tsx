/** The commissioning run: what was found of this rack, how a run goes on, the way to one. */
import { figure, NBSP } from '../model/format';
import { wayOut } from '../model/commissioning';
import { dayAfter } from '../model/filters';
import type { Picture } from '../model/picture';
import { numberOf, read, stateOf } from '../model/reading';
import { lost, valueSilence } from '../state/live';
import { sheet } from '../state/sheet';
import { Line } from './Card';

const SHARES = [
  ['Flow', 'commissioning.flow.share'],
  ['Draft', 'commissioning.draft.share'],
  ['Chips to air', 'commissioning.chips.share'],
  ['Chips, heat stored', 'commissioning.chips_capacity.share'],
  ['Chassis, heat stored', 'commissioning.chassis_capacity.share'],
] as const;

export function Commissioning({ now }: { now: Picture }) {
  const silence = valueSilence.value;
  const of = (name: string) => numberOf(read(now, name, silence));
  const state = stateOf(read(now, 'commissioning.state', silence));
  const running = state !== null && state !== 'idle';
  const result = stateOf(read(now, 'commissioning.result', silence));
  const [last, fitted, residual, progress] = [of('commissioning.last'), of('commissioning.fitted'), of('commissioning.residual'), of('commissioning.progress')];
  return (
    <section class="holder" aria-label="Commissioning" data-commissioning={state ?? ''}>
      <h3>Commissioning</h3>
      <dl>
        {running && <Line name="Now">{`${state}, ${figure(progress ?? 0, 0)}${NBSP}%`}</Line>}
        {!running && <Line name="Last run">{lost.value ? 'no data' : `${result ?? 'not known'}${last === null ? '' : `, ${dayAfter(last, 0)}`}`}</Line>}
        {!running && wayOut(result) !== null && <Line name="What to do">{wayOut(result)}</Line>}
        <Line name="Constants in force">
          {residual === null ? 'the plan’s' : `this rack’s own${fitted === null ? '' : `, ${dayAfter(fitted, 0)}`}; ${figure(residual, 2)}${NBSP}K unexplained`}
        </Line>
        {residual !== null && SHARES.map(([name, point]) => {
          const share = of(point);
          return <Line key={point} name={name}>{share === null ? '–' : `${figure(share, 0)}${NBSP}% of the plan’s`}</Line>;
        })}
      </dl>
      <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: running ? 'endCommissioning' : 'commissioning' })}>
        {running ? 'End the commissioning run' : 'Commissioning run'}
      </button>
    </section>
  );
}
