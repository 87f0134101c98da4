/** The column of values. */
import { rowsOf } from '../model/rows';
import { picture, valueSilence } from '../state/live';
import { rack, setting } from '../state/site';
import { ValueRow } from './ValueRow';

export function Values() {
  const now = picture.value;
  if (!now) return null;
  const rows = rowsOf(now, { setting, ratedW: rack.value?.rated_power_w ?? null }, valueSilence.value);
  return (
    <section class="card values" aria-labelledby="values-title">
      <h2 id="values-title" class="spoken">Values</h2>
      <ul>
        {rows.map((row) => (
          <ValueRow key={row.key} row={row} />
        ))}
      </ul>
    </section>
  );
}
