/** Every input that safety judges: what it measures, how it stands, and the way to what persons may do with it. */
import { alarmAt } from '../model/alarms';
import { fittedInputs, measuredWords, standingOf } from '../model/inputs';
import type { Input, Picture } from '../model/picture';
import { read } from '../model/reading';
import { lost, picture, valueSilence } from '../state/live';
import { sheet } from '../state/sheet';
import { inputs } from '../state/site';
import { Card } from './Card';
import { StateValue } from './StateValue';

/** What may be done about it, in as few words as there are. */
function may(input: Input): string {
  if (input.override_persons === 0) return 'never overridden';
  return input.override_persons === 2 ? 'override: key or two persons' : 'override: key or one person';
}

function Entry({ now, input }: { now: Picture; input: Input }) {
  const reading = read(now, input.point, valueSilence.value);
  const standing = lost.value ? 'judged' : standingOf(now, input.key).kind;
  const note = { judged: may(input), overridden: 'overridden', out: 'out of service' }[standing];
  return (
    <li data-input={input.key}>
      <button type="button" disabled={lost.value} onClick={() => (sheet.value = { kind: 'input', input: input.key })}>
        <span class="name">{input.title}<span class="note">{note}</span></span>
        <span class="now"><StateValue reading={reading} words={measuredWords(input.point, reading)} alarm={alarmAt(now, input.point)} /></span>
        <span class="go" aria-hidden="true">›</span>
      </button>
    </li>
  );
}

export function InputsCard() {
  const now = picture.value;
  if (!now || inputs.value.length === 0) return null;
  const fitted = fittedInputs(now, inputs.value);
  return (
    <Card title="Inputs" note={`${fitted.length} fitted; choose one to override it or take it out of service`} className="inputs" anchor="inputs">
      <ul>{fitted.map((input) => <Entry key={input.key} now={now} input={input} />)}</ul>
    </Card>
  );
}
