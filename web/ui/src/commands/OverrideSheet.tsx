/** Taking an input out of the judgement for a time, and ending that before its time. */
import { useState } from 'preact/hooks';
import { figure, lowerFirst, NBSP, leftWords } from '../model/format';
import { MINUTES, overrideFactor, overrideNeeds, overrideWords, standingOf, standingWords } from '../model/inputs';
import type { Input } from '../model/picture';
import { endOverride, override } from '../state/commands';
import { picture } from '../state/live';
import { inputs, rack } from '../state/site';
import { isReason, isWhole, ReasonField } from './Fields';
import { Condition, Steps } from './Steps';

export function OverrideSheet({ input, close }: { input: Input; close: () => void }) {
  const now = picture.value;
  const [minutes, setMinutes] = useState<string>(String(MINUTES.usual));
  const [reason, setReason] = useState('');
  const factor = overrideFactor(input);
  const inSpan = isWhole(minutes, MINUTES.least, MINUTES.most);
  const name = lowerFirst(input.title);
  const waits = factor === null ? overrideWords(input) : inSpan ? 'Give a reason.' : `Time ${MINUTES.least} to ${MINUTES.most}${NBSP}min.`;
  const needs = now ? overrideNeeds(now, input, inputs.value) : [];
  return (
    <Steps
      close={close}
      command={{
        title: `Override ${name}`,
        confirm: `Confirm: override ${name} for ${minutes.trim()}${NBSP}min, ${rack.value?.name ?? 'this rack'}`,
        verb: 'Override now',
        ...(factor ? { factor } : {}),
        ready: factor !== null && inSpan && isReason(reason),
        waits,
        order: (by) => override(input.key, by, reason.trim(), Number(minutes)),
        proof: (after, afterS) => {
          const standing = standingOf(after, input.key);
          const left = standing.kind === 'overridden' ? `For ${leftWords(standing.override.left_s)} more, by ${standing.override.by}. ` : '';
          return { title: `${input.title}: overridden`, text: `${left}Seen after ${figure(afterS, 1)}${NBSP}s. It is told on every page and ends by itself.` };
        },
      }}
    >
      <p>What this input alone would raise is not raised, and no permissive is met by it. A fire latch or a restart ends it.</p>
      <ul class="conditions">
        {needs.map((need) => <Condition key={need.name} met={need.met} name={need.name} missing={need.missing} />)}
      </ul>
      <label class="field">Time, min<input inputMode="numeric" value={minutes} aria-invalid={!inSpan} onInput={(event) => setMinutes(event.currentTarget.value)} /></label>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function EndOverrideSheet({ input, close }: { input: Input; close: () => void }) {
  // As it stood when the sheet opened: its words stay when it is over.
  const [standing] = useState(picture.value ? standingOf(picture.value, input.key) : null);
  const name = lowerFirst(input.title);
  return (
    <Steps
      close={close}
      command={{
        title: `End override: ${name}`,
        confirm: `Confirm: judge ${name} again, ${rack.value?.name ?? 'this rack'}`,
        verb: 'End now',
        ready: true,
        order: (by) => endOverride(input.key, by),
        proof: (_, afterS) => ({ title: `${input.title}: judged again`, text: `The controller shows it after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      {standing && <p>{`${standingWords(standing)}.`}</p>}
      <p>If what it measures is not sound, alarms and interlocks follow at once.</p>
    </Steps>
  );
}
