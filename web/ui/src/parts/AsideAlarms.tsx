/** What persons have put aside: shelved and out of service, with who, why and until when. */
import { asideWords } from '../model/alarms';
import { ageWords } from '../model/format';
import type { HiddenAlarm } from '../model/picture';
import { lost, picture } from '../state/live';
import { sheet } from '../state/sheet';
import { Shape } from './Shape';

function Aside({ hidden }: { hidden: HiddenAlarm }) {
  const outOfService = hidden.how === 'out-of-service';
  const verb = outOfService ? 'Take back' : 'Bring back';
  return (
    <li class="alarm" data-aside={hidden.name}>
      <Shape priority={hidden.priority} filled={false} />
      <span class="head">
        <h3>{hidden.text}</h3>
        <span class="state">{`${asideWords(hidden)}. ${hidden.raised ? 'It is raised now.' : 'It is not raised now.'}`}</span>
      </span>
      <span class="age">{ageWords(hidden.since_s)}<span class="spoken"> ago</span></span>
      <div class="do"><p>{`${hidden.by}: ${hidden.why}`}</p></div>
      <div class="foot">
        <span class="figures" />
        <button
          type="button" class="button" disabled={lost.value} aria-label={`${verb}: ${hidden.text}`}
          onClick={() => (sheet.value = { kind: 'bringBack', alarm: hidden.name, title: hidden.text, outOfService })}
        >
          {verb}
        </button>
      </div>
    </li>
  );
}

export function AsideAlarms() {
  const now = picture.value;
  if (!now) return null;
  const follow = now.alarms.filter((alarm) => alarm.display === 'by-design');
  const list = (title: string, of: HiddenAlarm[], none: string) => (
    <section aria-label={title}>
      <h2>{title}</h2>
      {of.length === 0 ? <p class="card nothing">{none}</p> : <ul class="alarm-list">{of.map((hidden) => <Aside key={hidden.name} hidden={hidden} />)}</ul>}
    </section>
  );
  return (
    <div class="aside">
      {list('Shelved', now.alarms_hidden.filter((hidden) => hidden.how !== 'out-of-service'), 'Nothing is shelved.')}
      {list('Out of service', now.alarms_hidden.filter((hidden) => hidden.how === 'out-of-service'), 'Nothing is out of service.')}
      <section aria-label="Suppressed by design">
        <h2>Suppressed by design</h2>
        {follow.length === 0 && <p class="card nothing">No alarm follows from another.</p>}
        <ul class="plain">
          {follow.map((alarm) => {
            const cause = now.alarms.find((one) => one.name === alarm.follows);
            return <li key={alarm.name}>{`${alarm.text}: follows from “${cause?.text ?? alarm.follows ?? ''}”`}</li>;
          })}
        </ul>
      </section>
      <p class="small">All of it comes back when the controller restarts. Critical alarms and those of fire, stops and interlocks are never put aside.</p>
    </div>
  );
}
