/** One value: name, figure, bar and the last hour; where it is an input, the way to what persons may do with it. */
import type { Row } from '../model/rows';
import { lost } from '../state/live';
import { sheet } from '../state/sheet';
import { inputs } from '../state/site';
import { Bar } from './Bar';
import { Sparkline } from './Sparkline';
import { Value } from './Value';

export function ValueRow({ row }: { row: Row }) {
  const { reading, name } = row;
  const input = inputs.value.find((one) => one.point === row.point);
  return (
    <li class="row" data-point={row.key}>
      <div class="head">
        {input ? (
          // The whole row is its target.
          <button type="button" class="name" disabled={lost.value} aria-label={`${name}: input, override or take out of service`} onClick={() => (sheet.value = { kind: 'input', input: input.key })}>
            {name}<span class="go" aria-hidden="true">›</span>
          </button>
        ) : (
          <span class="name">{name}</span>
        )}
        <Value reading={reading} alarm={row.alarm} decimals={row.decimals} />
      </div>
      <Bar row={row} />
      {reading.kind === 'none' ? <span class="why">{reading.reason}</span> : <Sparkline row={row} />}
    </li>
  );
}
