/**
 * The shutdown as a whole: its order in words, the next step that nobody can take back, what the stages need against the time there
 * is, the cap, and what a person may do.
 */
import { useId } from 'preact/hooks';
import { alarmAt } from '../model/alarms';
import { figure, NBSP, timeWords } from '../model/format';
import { becauseWords, byWhom, causeWords, forbids, heldS, isUnderWay, marginOf, nextStep, orderWords, planLine, type Act } from '../model/hosts';
import type { Picture } from '../model/picture';
import { numberOf, read, stateOf } from '../model/reading';
import { outputWords } from '../model/words';
import { journal } from '../state/journal';
import { lost, picture, valueSilence } from '../state/live';
import { sheet } from '../state/sheet';
import { matrix, rack } from '../state/site';
import { Card, Line } from './Card';
import { Countdown } from './Countdown';
import { StateValue } from './StateValue';

/** Two bars on one scale: what the stages need, and what there is. */
function Margin({ now, silenceS }: { now: Picture; silenceS: number }) {
  const margin = marginOf(now, silenceS);
  if (!margin) {
    const lead = read(now, 'shutdown.lead', silenceS);
    return lead.kind === 'unfitted' ? null : <p class="margin-words"><StateValue reading={lead} words="" alarm={null} /></p>;
  }
  const [need, left] = margin.bars;
  const leftWords = margin.leftS === null ? 'not counted' : timeWords(margin.leftS);
  const short = margin.leftS !== null && margin.leftS < margin.needS;
  return (
    <figure class="margin">
      <div class="two" role="img" aria-label={`The stages need ${timeWords(margin.needS)}; there is ${leftWords}`}>
        <span class="name">The stages need</span><span class="number">{timeWords(margin.needS)}</span>
        <div class="length"><i class="need" style={{ width: `${need}%` }} /></div>
        <span class="name">Time there is</span><span class="number">{leftWords}</span>
        <div class={`length${margin.leftS === null ? ' hatched' : ''}`}>{margin.leftS !== null && <i class="there" style={{ width: `${left}%` }} />}</div>
      </div>
      <figcaption class={short ? 'short' : ''}>{margin.words}</figcaption>
    </figure>
  );
}

const ACTS: readonly { act: Act; kind: 'holdHosts' | 'resumeHosts' | 'abortHosts'; title: string }[] = [
  { act: 'hold', kind: 'holdHosts', title: 'Hold' },
  { act: 'resume', kind: 'resumeHosts', title: 'Resume' },
  { act: 'abort', kind: 'abortHosts', title: 'Abort' },
];

/** Each with why it is off. */
function Acts({ now }: { now: Picture }) {
  const id = useId();
  const reasons = ACTS.map(({ act }) => (lost.value ? 'No data.' : forbids(now, act)));
  const [first] = reasons;
  // One reason for all of them is said once.
  const common = first != null && reasons.every((reason) => reason === first) ? first : null;
  return (
    <div class="plan-acts">
      <ul class={common === null ? '' : 'row-of'}>
        {ACTS.map(({ act, kind, title }, place) => {
          const reason = reasons[place] ?? null;
          const own = common === null ? reason : null;
          return (
            <li key={act}>
              <button type="button" class="button" disabled={reason !== null} aria-describedby={reason === null ? undefined : common === null ? `${id}${act}` : `${id}all`} onClick={() => (sheet.value = { kind })}>
                {title}
              </button>
              {own !== null && <span id={`${id}${act}`} class="hint">{own}</span>}
            </li>
          );
        })}
      </ul>
      {common !== null && <p id={`${id}all`} class="hint">{`Hold, resume, abort: ${common.charAt(0).toLowerCase()}${common.slice(1)}`}</p>}
    </div>
  );
}

/** Who holds or stopped it: the journal knows. */
function Held({ now }: { now: Picture }) {
  const held = heldS(now);
  const stopped = stateOf(read(now, 'shutdown.mode')) === 'stopped by a person';
  if (held === null && !stopped) return null;
  const who = byWhom(journal.value, stopped ? 'abort_hosts' : 'hold_hosts');
  const what = stopped ? 'Aborted' : 'Held back';
  return <p class="held">{who === null ? `${what} by a person.` : `${what} by ${who}`}</p>;
}

export function PlanCard() {
  const now = picture.value;
  if (!now) return null;
  const silenceS = valueSilence.value;
  const at = (name: string) => read(now, name, silenceS);
  const [incident, mode, cap, published] = [at('shutdown.incident'), at('shutdown.mode'), at('shutdown.power_cap'), at('shutdown.published')];
  const number = numberOf(incident);
  const rated = rack.value?.rated_power_w ?? null;
  const percent = numberOf(cap);
  const inKw = percent === null || rated === null ? '' : `${NBSP}(${figure((percent * rated) / 100_000, 1)}${NBSP}kW)`;
  const capWords = percent === null ? '' : percent >= 100 ? 'None' : `${figure(percent, 0)}${NBSP}%${inKw}`;
  const down = outputWords(now, 'host_down', silenceS, { on: 'On', off: 'Off' });
  const cut = outputWords(now, 'power_cut', silenceS, { on: 'Cut', off: 'Not cut' });
  const line = silenceS > 0 ? null : planLine(now, false);
  const because = silenceS > 0 ? null : becauseWords(now, matrix.value);
  const cause = because === null ? causeWords(now, matrix.value) : null;
  const title = line ?? (silenceS > 0 ? 'Shutdown' : isUnderWay(now) ? 'Hosts are to go down' : 'No shutdown under way');
  return (
    <Card title="Plan of the shutdown" note={number === null ? '' : number === 0 ? 'no incident yet' : `incident ${figure(number, 0)}${cause === null ? '' : `: ${cause}`}`} className="plan" anchor="plan">
      <div class="plan-grid">
        <div class="plan-now">
          <p class="plan-title" role="status">{title.replace(/^Hosts: /, '').replace(/^./, (letter) => letter.toUpperCase())}</p>
          <p class="plan-mode">{mode.kind === 'value' ? orderWords(now) : <StateValue reading={mode} words="" alarm={null} />}</p>
          {because !== null && <p class="plan-because">{because}</p>}
          <Countdown of={nextStep} />
          {silenceS === 0 && <Held now={now} />}
          <Acts now={now} />
        </div>
        <div>
          <Margin now={now} silenceS={silenceS} />
          <dl>
            <Line name="Power cap asked"><StateValue reading={cap} words={capWords} alarm={null} /></Line>
            {published.kind !== 'unfitted' && <Line name="Order on the network"><StateValue reading={published} words={stateOf(published) === 'yes' ? 'Published, confirmed' : 'None published'} alarm={alarmAt(now, 'shutdown.published')} /></Line>}
            <Line name="Host-down contact"><StateValue reading={down.reading} words={down.text} alarm={alarmAt(now, 'output.host_down')} /></Line>
            <Line name="Power"><StateValue reading={cut.reading} words={cut.text} alarm={alarmAt(now, 'output.power_cut')} /></Line>
          </dl>
        </div>
      </div>
    </Card>
  );
}
