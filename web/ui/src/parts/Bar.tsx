/** The bar under a value: normal band, mark, set point, warning and limit on a fixed scale; hatched without a value. */
import { isFollowOn, rank } from '../model/alarms';
import { barWords, place, type Row } from '../model/rows';

export function Bar({ row }: { row: Row }) {
  const { reading, scale, alarm } = row;
  if (reading.kind !== 'value') return <div class="bar hatched" role="img" aria-label={barWords(row)} />;
  const at = (value: number) => ({ left: `${place(value, scale)}%` });
  const [a, b] = [place(scale.band[0], scale), place(scale.band[1], scale)];
  const colour = alarm && !isFollowOn(alarm) ? ` p${rank(alarm.priority)}` : '';
  return (
    <div class="bar" role="img" aria-label={barWords(row)}>
      <i class="band" style={{ left: `${Math.min(a, b)}%`, width: `${Math.abs(b - a)}%` }} />
      {scale.warn !== null && <i class="warn" style={at(scale.warn)} />}
      {scale.limit !== null && <i class="limit" style={at(scale.limit)} />}
      {scale.setPoint !== null && <i class="set" style={at(scale.setPoint)} />}
      <i class={`mark${colour}`} style={at(reading.value)} />
    </div>
  );
}
