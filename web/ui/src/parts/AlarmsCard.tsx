/** The open alarms on the overview: shape, words, acknowledge. The whole list is on the alarm page. */
import { blinking, firstWords, fold } from '../model/alarms';
import { ageWords, upperFirst } from '../model/format';
import type { Alarm } from '../model/picture';
import { lost, picture } from '../state/live';
import { Card } from './Card';
import { Shape } from './Shape';
import { useAcknowledge } from './useAcknowledge';

function Item({ alarm, first, blink, busy, press }: {
  alarm: Alarm;
  first: string | null;
  blink: boolean;
  busy: boolean;
  press: () => void;
}) {
  const when = lost.value ? 'As last known' : first !== null ? upperFirst(first) : `${alarm.active ? 'For' : 'Back to normal, came'} ${ageWords(alarm.since_s)}${alarm.active ? '' : ' ago'}`;
  return (
    <li>
      <Shape priority={alarm.priority} filled blink={blink} />
      <span class="what">
        <span class="text">{alarm.text}</span>
        <span class="when">{when}</span>
      </span>
      {!alarm.acknowledged && (
        <button type="button" class="button" onClick={press} disabled={busy || lost.value} aria-label={`Ack: ${alarm.text}`}>
          {busy ? 'Asked' : 'Ack'}
        </button>
      )}
    </li>
  );
}

export function AlarmsCard() {
  const { acknowledge, busy } = useAcknowledge();
  const now = picture.value;
  if (!now) return null;
  const { shown: lines, folded: follow, flooded } = fold(now.alarms);
  const [shown, folded] = [lines, [...follow, ...[...flooded.values()].flat()]];
  const loud = blinking(now.alarms);
  const note = folded.length === 0 ? undefined : <a href="#/alarms">{flooded.size > 0 ? `Flood: ${folded.length} folded` : `${folded.length} follow-on ${folded.length === 1 ? 'alarm' : 'alarms'} folded`}</a>;
  return (
    <Card title="Alarms" note={note} className="alarms">
      <ul tabIndex={0} aria-label="Open alarms">
        {shown.map((alarm) => (
          <Item
            key={alarm.name}
            alarm={alarm}
            first={firstWords(now, alarm)}
            blink={loud.listed === alarm.name}
            busy={busy === alarm.name}
            press={() => acknowledge(alarm)}
          />
        ))}
      </ul>
    </Card>
  );
}
