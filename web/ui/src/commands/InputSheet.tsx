/** One input: what it measures, how it stands, and what persons may do with it. Gives no command itself. */
import { alarmAt } from '../model/alarms';
import { measuredWords, overrideFactor, overrideWords, standingOf, standingWords, voteWords } from '../model/inputs';
import type { Input } from '../model/picture';
import { read } from '../model/reading';
import { StateValue } from '../parts/StateValue';
import { lost, picture, valueSilence } from '../state/live';
import { sheet, type Sheet } from '../state/sheet';
import { inputs } from '../state/site';
import { Dialog } from './Dialog';

function Way({ to, verb, about }: { to: Sheet; verb: string; about: string }) {
  return (
    <li>
      <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = to)}>{verb}</button>
      <p>{about}</p>
    </li>
  );
}

function Ways({ input }: { input: Input }) {
  const now = picture.value;
  if (!now) return null;
  const { key } = input;
  const standing = standingOf(now, key);
  if (standing.kind === 'out') {
    return <ul class="ways"><Way to={{ kind: 'inService', input: key }} verb="Put back in service" about="Once its part is replaced, with the part’s serial number. The key switch at the rack, or a one-time response." /></ul>;
  }
  const stands = standing.kind === 'overridden';
  return (
    <ul class="ways">
      {stands && <Way to={{ kind: 'endOverride', input: key }} verb="End the override" about="Before its time. It is judged again at once." />}
      {overrideFactor(input) === null
        ? <li><p class="never">{overrideWords(input)}</p></li>
        : <Way to={{ kind: 'override', input: key }} verb={stands ? 'Override anew' : 'Override for a time'} about={`Not judged for 1 to 240 minutes. ${overrideWords(input)}`} />}
      <Way to={{ kind: 'outOfService', input: key }} verb="Take out of service" about="For what cannot become healthy: counts as not fitted until it is put back. One-time responses of two persons." />
    </ul>
  );
}

export function InputSheet({ input, close }: { input: Input; close: () => void }) {
  const now = picture.value;
  const reading = now ? read(now, input.point, valueSilence.value) : null;
  const vote = voteWords(input, inputs.value);
  return (
    <Dialog title={input.title} close={close}>
      {now && reading && (
        <dl class="facts">
          <div class="line"><dt>Measures</dt><dd><StateValue reading={reading} words={measuredWords(input.point, reading)} alarm={alarmAt(now, input.point)} /></dd></div>
          <div class="line"><dt>Stands</dt><dd>{lost.value ? 'no data' : standingWords(standingOf(now, input.key))}</dd></div>
        </dl>
      )}
      {vote !== '' && <p class="small">{vote}</p>}
      <Ways input={input} />
      <div class="buttons one"><button type="button" class="button" onClick={close}>Close</button></div>
    </Dialog>
  );
}
