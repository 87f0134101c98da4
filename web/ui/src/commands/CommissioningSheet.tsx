/** Starting a commissioning run, with a reason; and ending it. */
import { useState } from 'preact/hooks';
import { commissioningNeeds } from '../model/commissioning';
import { figure, NBSP } from '../model/format';
import { commissioning, endCommissioning } from '../state/commands';
import { picture } from '../state/live';
import { rack, setting } from '../state/site';
import { isReason, ReasonField } from './Fields';
import { Condition, Steps } from './Steps';

export function CommissioningSheet({ close }: { close: () => void }) {
  const now = picture.value;
  const [reason, setReason] = useState('');
  const needs = now ? commissioningNeeds(now, setting('control.exhaust_target')) : [];
  return (
    <Steps
      close={close}
      command={{
        title: 'Commissioning run',
        confirm: `Confirm: commissioning run, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Start now',
        ready: isReason(reason),
        waits: 'Give a reason.',
        order: (by) => commissioning(by, reason.trim()),
        proof: (_, afterS) => ({
          title: 'The run goes on',
          text: `Seen after ${figure(afterS, 1)}${NBSP}s. It takes some three quarters of an hour; keep door and load as they are.`,
        }),
      }}
    >
      <p>The blower goes through six speeds, seven minutes each, some of them loud. Keep door and load as they are. Heat, a door, an alarm or a person ends it at once.</p>
      <ul class="conditions">{needs.map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}</ul>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function EndCommissioningSheet({ close }: { close: () => void }) {
  return (
    <Steps
      close={close}
      command={{
        title: 'End the commissioning run',
        confirm: `Confirm: end the commissioning run, ${rack.value?.name ?? 'this rack'}`,
        verb: 'End now',
        ready: true,
        order: endCommissioning,
        proof: (_, afterS) => ({ title: 'The run is ended', text: `Seen after ${figure(afterS, 1)}${NBSP}s. Automatic control has the blower; the constants stay as they were.` }),
      }}
    >
      <p>Automatic control takes the blower back at a limited rate. The run counts as aborted; the constants stay as they were.</p>
    </Steps>
  );
}
