/** Drills of the shutdown: starting one, how far it is, and what the last ones have shown. */
import { clock, dayMonth } from '../model/format';
import { drillForbids, drillState, drillWords, isDrilling, isGood, measuredWords, progressWords, rehearsalForbids, resultLook, stagesWords, type DrillReport } from '../model/drill';
import { drills } from '../state/drills';
import { lost, picture, valueSilence } from '../state/live';
import { sheet } from '../state/sheet';
import { Card } from './Card';
import { PlanShape } from './PlanShape';

/** Reports that are shown. */
const SHOWN = 5;

function Report({ report }: { report: DrillReport }) {
  const who = report.by === null ? '' : ` by ${report.by}${report.reason === null ? '' : `: ${report.reason}`}`;
  return (
    <li class="report" data-drill={report.number}>
      <h3>{`${report.kind === 'drill' ? 'Drill' : 'Rehearsal'} ${report.number}: ${report.result}`}</h3>
      <p class="hint">{`${dayMonth(report.time)} ${clock(report.time)}${who}`}</p>
      {stagesWords(report.stages) !== null && <p class="hint">{stagesWords(report.stages)}</p>}
      <ul class="targets">
        {report.hosts.map((host) => (
          <li key={host.name} data-host={host.name}>
            <PlanShape look={resultLook(host.result)} />
            <span class="what">
              <b>{`${host.name}: ${host.result}`}</b>
              {measuredWords(host) !== '' && <span class="hint">{measuredWords(host)}</span>}
              {host.remarks.map((remark) => <span key={remark} class={isGood(host.result) ? 'hint' : 'hint missing'}>{remark}</span>)}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

export function DrillCard() {
  const now = picture.value;
  if (!now || now.hosts.length === 0) return null;
  const runs = valueSilence.value === 0 && isDrilling(now);
  const reason = lost.value ? 'No data.' : drillForbids(now);
  const unrehearsed = lost.value ? 'No data.' : rehearsalForbids(now);
  const telling = drillState(now) === 'hosts stop';
  const kept = drills.value;
  return (
    <Card title="Drill" note={kept === null ? '' : kept.length === 0 ? 'none yet' : `last: ${kept[0]?.result ?? ''}`} className="drill" anchor="drill">
      <p class="plan-title" role="status">{drillWords(drillState(now, valueSilence.value))}</p>
      {runs && <p class="plan-mode">{progressWords(now)}</p>}
      {!runs && <p class="plan-mode">A rehearsal looks at every channel and asks agents what they would do; no host does anything. A drill really stops the hosts that you name, tier by tier, measures them and starts them again. A real shutdown ends it at once.</p>}
      <div class="plan-acts">
        <ul class={unrehearsed === null && reason === null ? 'row-of' : ''}>
          <li>
            <button type="button" class="button" disabled={unrehearsed !== null} aria-describedby={unrehearsed === null ? undefined : 'rehearsal-not'} onClick={() => (sheet.value = { kind: 'rehearse' })}>Rehearse</button>
            {unrehearsed !== null && <span id="rehearsal-not" class="hint">{unrehearsed}</span>}
          </li>
          <li>
            <button type="button" class="button" disabled={reason !== null} aria-describedby={reason === null ? undefined : 'drill-not'} onClick={() => (sheet.value = { kind: 'drill' })}>Drill</button>
            {reason !== null && <span id="drill-not" class="hint">{reason}</span>}
          </li>
          {telling && (
            <li><button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: 'endDrill' })}>End the drill</button></li>
          )}
        </ul>
      </div>
      {kept !== null && kept.length > 0 && <ol class="reports">{kept.slice(0, SHOWN).map((report) => <Report key={report.number} report={report} />)}</ol>}
    </Card>
  );
}
