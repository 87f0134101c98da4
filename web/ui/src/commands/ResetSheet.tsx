/** Resetting latches: which, on what conditions, and the person's word that the rack was inspected. */
import { useState } from 'preact/hooks';
import { figure, lowerFirst, NBSP } from '../model/format';
import { needsInspection, needsOf } from '../model/reset';
import { reset } from '../state/commands';
import { picture } from '../state/live';
import { rack, setting } from '../state/site';
import { Condition, Steps } from './Steps';

export function ResetSheet({ close }: { close: () => void }) {
  const now = picture.value;
  // The latches of the moment the sheet opened: what latches meanwhile was not asked for.
  const [asked] = useState(now?.latches ?? []);
  const [inspected, setInspected] = useState(false);
  const keys = asked.map((latch) => latch.key);
  const needs = now ? needsOf(now, keys, setting('safety.fire_soak')) : [];
  const inspection = needsInspection(keys);
  const open = needs.filter((need) => need.met === false).length + (inspection && !inspected ? 1 : 0);
  const titles = asked.map((latch) => lowerFirst(latch.title)).join(', ');
  return (
    <Steps
      close={close}
      command={{
        title: `Reset: ${titles}`,
        confirm: `Confirm: reset ${titles}, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Reset now',
        factor: { persons: inspection ? 2 : 1, key: true },
        // The controller has the last word; only what it will surely refuse for want of a person's word is held back.
        ready: keys.length > 0 && (!inspection || inspected),
        waits: keys.length === 0 ? 'Nothing is latched.' : 'Go through the inspection list first.',
        order: (by) => reset(keys, by, inspected),
        proof: (_, afterS) => ({ title: 'Latches are reset', text: `No longer latched: ${titles}. Seen after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      <p>{open === 0 ? 'All that can be seen from here is met.' : `${open} ${open === 1 ? 'condition is' : 'conditions are'} open.`} The controller checks again.</p>
      <ul class="conditions">
        {needs.map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}
      </ul>
      {inspection && (
        <label class="check">
          <input type="checkbox" checked={inspected} onChange={(event) => setInspected(event.currentTarget.checked)} />
          Inspection list gone through at the rack
        </label>
      )}
    </Steps>
  );
}
