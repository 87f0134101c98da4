/** Taking an input that cannot become healthy out of service, by two persons; and putting it back once its part is replaced. */
import { useState } from 'preact/hooks';
import { figure, lowerFirst, NBSP } from '../model/format';
import { BACK, OUT, outNeeds } from '../model/inputs';
import type { Input } from '../model/picture';
import { inService, outOfService } from '../state/commands';
import { picture } from '../state/live';
import { rack } from '../state/site';
import { isReason, isSerial, ReasonField, SerialField } from './Fields';
import { Condition, Steps } from './Steps';

export function OutOfServiceSheet({ input, close }: { input: Input; close: () => void }) {
  const now = picture.value;
  const [reason, setReason] = useState('');
  const [serial, setSerial] = useState('');
  const name = lowerFirst(input.title);
  const needs = now ? outNeeds(now, input) : [];
  return (
    <Steps
      close={close}
      command={{
        title: `Take out of service: ${name}`,
        confirm: `Confirm: take ${name} out of service, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Take out now',
        factor: OUT,
        ready: isReason(reason) && isSerial(serial),
        waits: isReason(reason) ? 'Give the serial number of the part that will replace it.' : 'Give a reason.',
        order: (by) => outOfService(input.key, by, reason.trim(), serial.trim()),
        proof: (_, afterS) => ({
          title: `${input.title}: out of service`,
          text: `Seen after ${figure(afterS, 1)}${NBSP}s. It is told on every page until it is put back; a restart does not end it.`,
        }),
      }}
    >
      <p>It counts as if the site did not have it: its vote degrades, and what it alone would see is not seen. A high alarm stands until it is put back.</p>
      {needs.length > 0 && (
        <ul class="conditions">
          {needs.map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}
        </ul>
      )}
      <ReasonField reason={reason} setReason={setReason} />
      <SerialField serial={serial} setSerial={setSerial} label="Serial number of its replacement" />
    </Steps>
  );
}

export function InServiceSheet({ input, close }: { input: Input; close: () => void }) {
  const [serial, setSerial] = useState('');
  const name = lowerFirst(input.title);
  return (
    <Steps
      close={close}
      command={{
        title: `Back in service: ${name}`,
        confirm: `Confirm: put ${name} back in service, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Put back now',
        factor: BACK,
        ready: isSerial(serial),
        waits: 'Give the serial number of the part that is in place.',
        order: (by) => inService(input.key, by, serial.trim()),
        proof: (_, afterS) => ({ title: `${input.title}: in service`, text: `The controller judges it again after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      <p>Its part is replaced and connected. If what it measures is not sound, alarms and interlocks follow at once.</p>
      <SerialField serial={serial} setSerial={setSerial} label="Serial number of the part in place" />
    </Steps>
  );
}
