/** A value as text: plain, in a chip of its alarm, outlined as a follow-on, or the tag of what cannot be shown. */
import { isFollowOn } from '../model/alarms';
import { figure, NBSP, quantityOf } from '../model/format';
import type { Alarm } from '../model/picture';
import type { Reading } from '../model/reading';
import { BentArrow, Shape } from './Shape';
import { rank } from '../model/alarms';

export function Value({ reading, alarm, decimals }: { reading: Reading; alarm: Alarm | null; decimals?: number }) {
  if (reading.kind === 'unfitted') return null;
  if (reading.kind === 'none') return <span class="value tag">{reading.tag}</span>;
  const { unit, factor, decimals: usual } = quantityOf(reading.unit);
  const text = figure(reading.value * factor, decimals ?? usual);
  const words = (
    <>
      {text}
      {unit !== '' && unit !== '1' && <span class="unit">{unit}</span>}
      {unit === '1' && <span class="unit">{`${NBSP}× clean`}</span>}
    </>
  );
  if (!alarm) return <span class="value">{words}</span>;
  if (isFollowOn(alarm)) {
    return (
      <span class="value follow" title={`Follows from another alarm: ${alarm.text}`}>
        <BentArrow />
        {words}
      </span>
    );
  }
  return (
    <span class={`value chip p${rank(alarm.priority)}`} title={alarm.text}>
      <Shape priority={alarm.priority} />
      {words}
    </span>
  );
}
