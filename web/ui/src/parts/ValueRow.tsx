/** One value: name, figure, bar and the last hour. */
import type { Row } from '../model/rows';
import { Bar } from './Bar';
import { Sparkline } from './Sparkline';
import { Value } from './Value';

export function ValueRow({ row }: { row: Row }) {
  const { reading } = row;
  return (
    <li class="row" data-point={row.key}>
      <div class="head">
        <span class="name">{row.name}</span>
        <Value reading={reading} alarm={row.alarm} decimals={row.decimals} />
      </div>
      <Bar row={row} />
      {reading.kind === 'none' ? <span class="why">{reading.reason}</span> : <Sparkline row={row} />}
    </li>
  );
}
