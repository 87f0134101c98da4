/** Runs: what waits, what runs with its progress, what came of the others; and the verdicts of the chosen one. */
import { figure, NBSP } from '../../src/model/format';
import { Card } from '../../src/parts/Card';
import { Shape, Tick } from '../../src/parts/Shape';
import type { FullJob, Job, Verdict } from '../model/picture';
import { isOver, jobWords, rackTime, STAGES } from '../model/words';
import { cancel, chosen, full } from '../state/jobs';
import { picture } from '../state/live';

function Mark({ job }: { job: Job }) {
  if (job.stage === 'pass') return <Tick />;
  if (job.stage === 'fail' || job.stage === 'broken') return <Shape priority="high" filled />;
  return <i class={`square ${job.stage === 'running' ? '' : 'unknown'}`} />;
}

function Row({ job }: { job: Job }) {
  const picked = chosen.value === job.id;
  return (
    <li class={picked ? 'picked' : ''} data-job={job.id} data-stage={job.stage}>
      <button type="button" class="row-button" aria-pressed={picked} onClick={() => (chosen.value = job.id)}>
        <Mark job={job} />
        <span class="what"><b>{`${STAGES[job.stage]}: ${job.name}`}</b><span>{`${jobWords(job)}, seed ${job.seed}`}</span></span>
      </button>
      {!isOver(job.stage) && <button type="button" class="button" aria-label={`Cancel ${job.name}`} onClick={() => void cancel(job.id)}>Cancel</button>}
      {job.stage === 'running' && <progress value={job.step} max={Math.max(1, job.steps)} aria-label={`Steps of ${job.name}`} />}
    </li>
  );
}

const took = (one: Verdict): string => (one.limit_s === null ? '' : `${figure(one.at_s - one.began_s, 2)} of ${figure(one.limit_s, one.limit_s < 10 ? 1 : 0)}${NBSP}s`);

function Verdicts({ job }: { job: FullJob }) {
  return (
    <Card title={`Verdicts of ${job.name}`} note={STAGES[job.stage]} className="verdicts">
      <p class="about"><span>{job.title}</span>{job.report && <a class="button" href={`/reports/${job.id}`} target="_blank" rel="noreferrer">Open the report</a>}</p>
      {job.stage === 'running' && <p class="note">{`Line ${job.line} is being taken, ${rackTime(job.at_s)} simulated.`}</p>}
      {job.why !== '' && <p>{job.why}</p>}
      {job.verdicts.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Verdicts">
          <table>
            <thead><tr><th scope="col">Held</th><th scope="col">Line</th><th scope="col">Expected</th><th scope="col">At</th><th scope="col">Took</th></tr></thead>
            <tbody>
              {job.verdicts.map((one) => (
                <tr key={`${one.line} ${one.at_s} ${one.text}`} class={one.good ? '' : 'failed'}>
                  <td>{one.good ? <Tick /> : <Shape priority="high" filled />}<span class="spoken">{one.good ? 'held' : 'did not hold'}</span></td>
                  <td>{one.line}</td>
                  <td><code>{one.text}</code>{!one.good && <span class="found">{`found: ${one.found}`}</span>}</td>
                  <td>{rackTime(one.at_s)}</td>
                  <td>{took(one)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

export function Runs() {
  const jobs = picture.value?.jobs ?? [];
  const job = full.value;
  return (
    <>
      <Card title="Runs" note="one at a time, in virtual time, on a rack of their own" className="runs">
        {jobs.length === 0 && <p class="note">None yet. Pick a scenario of the library, or write one.</p>}
        <ul>{jobs.map((one) => <Row key={one.id} job={one} />)}</ul>
      </Card>
      {job && job.id === chosen.value && <Verdicts job={job} />}
    </>
  );
}
