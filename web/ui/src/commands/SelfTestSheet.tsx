/** Starting the blower's self-test by hand, with a reason; and ending it. */
import { useState } from 'preact/hooks';
import { selfTestNeeds } from '../model/filters';
import { figure, NBSP } from '../model/format';
import { stateOf, read } from '../model/reading';
import { endSelfTest, selfTest } from '../state/commands';
import { picture } from '../state/live';
import { rack, setting } from '../state/site';
import { isReason, ReasonField } from './Fields';
import { Condition, Steps } from './Steps';

export function SelfTestSheet({ close }: { close: () => void }) {
  const now = picture.value;
  const [reason, setReason] = useState('');
  const needs = now ? selfTestNeeds(now, setting('control.exhaust_target')) : [];
  return (
    <Steps
      close={close}
      command={{
        title: 'Self-test of the blower',
        confirm: `Confirm: self-test of the blower, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Start now',
        ready: isReason(reason),
        waits: 'Give a reason.',
        order: (by) => selfTest(by, reason.trim()),
        proof: (after, afterS) => ({
          title: 'The self-test runs',
          text: `Seen after ${figure(afterS, 1)}${NBSP}s: ${stateOf(read(after, 'self_test.state')) ?? 'running'}. It takes about two minutes and is loud.`,
        }),
      }}
    >
      <p>Full speed for a minute, then two seconds without drive. Heat, a door, an alarm of cooling or fire, or a person ends it at once.</p>
      <ul class="conditions">{needs.map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}</ul>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function EndSelfTestSheet({ close }: { close: () => void }) {
  return (
    <Steps
      close={close}
      command={{
        title: 'End the self-test',
        confirm: `Confirm: end the self-test, ${rack.value?.name ?? 'this rack'}`,
        verb: 'End now',
        ready: true,
        order: endSelfTest,
        proof: (_, afterS) => ({ title: 'The self-test is ended', text: `Seen after ${figure(afterS, 1)}${NBSP}s. Automatic control has the blower.` }),
      }}
    >
      <p>Automatic control takes the blower back at a limited rate. The test counts as aborted and measures nothing.</p>
    </Steps>
  );
}
