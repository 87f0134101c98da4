/** Entering the extinguisher that hangs in a holder now: its serial number and day, on what conditions. */
import { useState } from 'preact/hooks';
import { figure, NBSP } from '../model/format';
import { unitNeeds, unitNeedsInspection } from '../model/unit';
import { replaceUnit } from '../state/commands';
import { picture } from '../state/live';
import { isName } from '../state/person';
import { rack } from '../state/site';
import { SERIAL_MAX } from './Fields';
import { Condition, Steps } from './Steps';

const LETTERS = { left: 'A', right: 'B' };

/** The controller's day, as the field wants it. */
const today = (timeS: number): string => new Date(timeS * 1000).toISOString().slice(0, 10);

export function ReplaceSheet({ unit, close }: { unit: 'left' | 'right'; close: () => void }) {
  const now = picture.value;
  const [serial, setSerial] = useState('');
  const [installed, setInstalled] = useState(today(now?.time ?? 0));
  const [inspected, setInspected] = useState(false);
  const name = `extinguisher ${LETTERS[unit]} (${unit})`;
  const inspection = now ? unitNeedsInspection(now, unit) : false;
  const text = serial.trim();
  const wrong = text !== '' && !isName(text);
  const ready = isName(text) && installed !== '' && (!inspection || inspected);
  return (
    <Steps
      close={close}
      command={{
        title: `Replace ${name}`,
        confirm: `Confirm: ${name} is ${text}, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Enter now',
        factor: { persons: 1, key: true },
        ready,
        waits: inspection && !inspected && text !== '' ? 'Go through the inspection list first.' : 'Give serial number and day.',
        order: (by) => replaceUnit(unit, text, installed, by, inspected),
        proof: (_, afterS) => ({ title: 'The unit is entered', text: `The controller shows ${text} after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      <p>Take the old unit out, hang the new one in, then enter what is printed on it. The controller checks again.</p>
      <ul class="conditions">
        {now && unitNeeds(now, unit).map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}
      </ul>
      <label class="field">
        Serial number
        <input value={serial} maxLength={SERIAL_MAX} autocomplete="off" aria-invalid={wrong} onInput={(event) => setSerial(event.currentTarget.value)} />
        {wrong && <span class="wrong">Letters, digits and . , - _ ' @ + ( ) / only.</span>}
      </label>
      <label class="field">
        Installed on
        <input type="date" value={installed} onInput={(event) => setInstalled(event.currentTarget.value)} />
      </label>
      {inspection && (
        <label class="check">
          <input type="checkbox" checked={inspected} onChange={(event) => setInspected(event.currentTarget.checked)} />
          Inspection list gone through at the rack
        </label>
      )}
    </Steps>
  );
}
