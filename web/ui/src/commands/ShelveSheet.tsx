/** Putting an alarm aside: for how long and why; and bringing it back. */
import { useState } from 'preact/hooks';
import { figure, lowerFirst, NBSP } from '../model/format';
import { asideWords } from '../model/alarms';
import type { Picture } from '../model/picture';
import { bringBack, shelve, takeOut } from '../state/commands';
import { rack } from '../state/site';
import { isReason, ReasonField } from './Fields';
import { Steps } from './Steps';

/** Times that are offered, minutes; those beyond the alarm's limit are not. */
const TIMES = [15, 30, 60, 120, 240, 480, 1440, 4320, 10_080];

type How = 'minutes' | 'once' | 'out';

function timeWords(minutes: number): string {
  if (minutes < 120) return `${minutes}${NBSP}min`;
  return minutes % 1440 === 0 ? `${minutes / 1440}${NBSP}d` : `${minutes / 60}${NBSP}h`;
}

export function ShelveSheet({ alarm, title, limitMin, close }: { alarm: string; title: string; limitMin: number; close: () => void }) {
  const times = TIMES.filter((minutes) => minutes <= limitMin);
  const [how, setHow] = useState<How>('minutes');
  const [minutes, setMinutes] = useState(times.includes(30) ? 30 : (times[0] ?? limitMin));
  const [reason, setReason] = useState('');
  const why = reason.trim();
  const words = { minutes: `shelve for ${timeWords(minutes)}`, once: 'shelve until it is gone once', out: 'take out of service' }[how];
  const choice = (key: How, text: string) => (
    <label class="check"><input type="radio" name="how" checked={how === key} onChange={() => setHow(key)} />{text}</label>
  );
  const proof = (after: Picture, afterS: number) => {
    const hidden = after.alarms_hidden.find((one) => one.name === alarm);
    const state = hidden ? `${asideWords(hidden)}. ` : '';
    return { title: 'Put aside', text: `${state}Seen after ${figure(afterS, 1)}${NBSP}s. It is under “Put aside”.` };
  };
  return (
    <Steps
      close={close}
      command={{
        title: `Put aside: ${lowerFirst(title)}`,
        confirm: `Confirm: ${words}: ${lowerFirst(title)}, ${rack.value?.name ?? 'this rack'}`,
        verb: how === 'out' ? 'Take out now' : 'Shelve now',
        ready: isReason(reason),
        waits: 'Give a reason.',
        order: (by) => (how === 'out' ? takeOut(alarm, by, why) : shelve(alarm, by, why, how === 'once' ? null : minutes)),
        proof,
      }}
    >
      <p>{`It leaves the list and goes on being judged. Horn, outputs and interlocks do not change. Limit of this alarm: ${timeWords(limitMin)}.`}</p>
      <fieldset class="how">
        <legend class="spoken">How</legend>
        {choice('minutes', 'For a time')}
        {choice('once', 'Until it is gone once')}
        {choice('out', 'Out of service, until somebody takes it back')}
      </fieldset>
      {how === 'minutes' && (
        <label class="field">Time
          <select value={String(minutes)} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
            {times.map((time) => <option key={time} value={String(time)}>{timeWords(time)}</option>)}
          </select>
        </label>
      )}
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function BringBackSheet({ alarm, title, outOfService, close }: { alarm: string; title: string; outOfService: boolean; close: () => void }) {
  return (
    <Steps
      close={close}
      command={{
        title: `${outOfService ? 'Back into service' : 'Bring back'}: ${lowerFirst(title)}`, confirm: '', verb: outOfService ? 'Take back' : 'Bring back', single: true, ready: true,
        order: (by) => bringBack(alarm, by, outOfService),
        proof: (_, afterS) => ({ title: 'It is in the list again', text: `The controller shows it after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      <p>If it stands now, it is in the list of open alarms at once.</p>
    </Steps>
  );
}
