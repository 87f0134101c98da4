/** Holding the blower at a speed, with a reason and an end; and giving it back. */
import { useState } from 'preact/hooks';
import { figure, NBSP, withUnit } from '../model/format';
import type { Picture } from '../model/picture';
import { numberOf, read } from '../model/reading';
import { isSlowed, SLOWED } from '../model/sentence';
import { automatic, manual } from '../state/commands';
import { picture } from '../state/live';
import { rack } from '../state/site';
import { isReason, isWhole, ReasonField } from './Fields';
import { Condition, Steps } from './Steps';

const MINUTES_MAX = 240;

function readBack(now: Picture): string {
  const drive = numberOf(read(now, 'blower.a.duty'));
  const speed = numberOf(read(now, 'blower.a.speed'));
  const parts = [drive === null ? 'drive not known' : withUnit(drive, '%'), speed === null ? 'speed not known' : withUnit(speed, 'rpm')];
  return parts.join(', ');
}

export function ManualSheet({ close }: { close: () => void }) {
  const now = picture.value;
  const [speed, setSpeed] = useState(String(Math.round(now?.fan.drive ?? 60)));
  const [minutes, setMinutes] = useState('15');
  const [reason, setReason] = useState('');
  const [percent, length] = [Number(speed), Number(minutes)];
  const notLatched = now !== null && !now.fan.contact_open && !now.effects.some((effect) => effect.key === 'FAN_OFF');
  const ready = isWhole(speed, 0, 100) && isWhole(minutes, 1, MINUTES_MAX) && isReason(reason) && notLatched;
  const waits = !notLatched ? 'The blower is latched off: reset the latch first.' : 'Speed 0 to 100 %, time 1 to 240 min, and a reason.';
  return (
    <Steps
      close={close}
      command={{
        title: 'Hold blower',
        confirm: `Confirm: hold blower at ${speed}${NBSP}% for ${minutes}${NBSP}min, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Hold now',
        ready,
        waits,
        order: (by) => manual(percent, by, reason.trim(), length),
        proof: (after, afterS) => ({
          title: `Blower is held at ${figure(after.hold?.speed ?? percent, 0)}${NBSP}%`,
          text: `Seen after ${figure(afterS, 1)}${NBSP}s. ${isSlowed(after) ? SLOWED : 'It gets there at a limited rate.'} Now read back: ${readBack(picture.value ?? after)}.`,
        }),
      }}
    >
      <p>The blower stays at this speed until the time is over. Protective floors still rule, damp walls slow it, and fire stops it.</p>
      <div class="pair">
        <label class="field">Speed, %<input inputMode="numeric" value={speed} onInput={(event) => setSpeed(event.currentTarget.value)} /></label>
        <label class="field">Time, min<input inputMode="numeric" value={minutes} onInput={(event) => setMinutes(event.currentTarget.value)} /></label>
      </div>
      <ReasonField reason={reason} setReason={setReason} />
      <ul class="conditions"><Condition met={notLatched} name="Blower not latched off" missing="reset first" /></ul>
    </Steps>
  );
}

export function AutomaticSheet({ close }: { close: () => void }) {
  const hold = picture.value?.hold;
  return (
    <Steps
      close={close}
      command={{
        title: 'Back to automatic',
        confirm: `Confirm: back to automatic, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Give back now',
        ready: true,
        order: automatic,
        proof: (after, afterS) => ({
          title: 'Blower is in automatic',
          text: `Seen after ${figure(afterS, 1)}${NBSP}s; now read back: ${readBack(after)}.`,
        }),
      }}
    >
      <p>{hold ? `${hold.owner} holds the blower at ${figure(hold.speed, 0)}${NBSP}%: ${hold.reason}. ` : ''}Control takes it back at a limited rate.</p>
    </Steps>
  );
}
