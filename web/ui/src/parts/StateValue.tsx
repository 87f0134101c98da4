/** A word for a state, coloured by its alarm; the tag where the state cannot be read. */
import { isFollowOn, rank } from '../model/alarms';
import type { Alarm } from '../model/picture';
import type { Reading } from '../model/reading';
import { BentArrow, Shape } from './Shape';

export function StateValue({ reading, words, alarm }: { reading: Reading; words: string; alarm: Alarm | null }) {
  if (reading.kind === 'none') return <span class="value tag small" title={reading.reason}>{reading.tag}</span>;
  if (!alarm) return <>{words}</>;
  if (isFollowOn(alarm)) return <span class="value follow small"><BentArrow />{words}</span>;
  return <span class={`value chip small p${rank(alarm.priority)}`}><Shape priority={alarm.priority} />{words}</span>;
}
