/** Scenarios: pick one or write one, run it in virtual time beside the rack, and read its verdicts. */
import { useEffect } from 'preact/hooks';
import { Card } from '../../src/parts/Card';
import { Editor } from '../parts/Editor';
import { Runs } from '../parts/Runs';
import { edit, refused, run, watch } from '../state/jobs';
import { lost } from '../state/live';
import { tables } from '../state/tables';

export function Scenarios() {
  useEffect(watch, []);
  const library = tables.value?.library ?? [];
  return (
    <main class="scenarios">
      {refused.value !== null && (
        <p class="card refused" role="alert"><b>Not taken:</b> {refused.value}<button type="button" class="button" onClick={() => (refused.value = null)}>Close</button></p>
      )}
      <div class="column">
        <Runs />
      </div>
      <div class="column">
        <Card title="Library" note={`${library.length} scenarios`} className="library">
          <ul>
            {library.map((one) => (
              <li key={one.name}>
                <span class="what"><b>{one.name}</b><span>{one.title}</span></span>
                <button type="button" class="button" onClick={() => void edit(one.name)} aria-label={`Edit ${one.name}`}>Edit</button>
                <button type="button" class="button filled" disabled={lost.value} onClick={() => void run(one.name, null, '')} aria-label={`Run ${one.name}`}>Run</button>
              </li>
            ))}
          </ul>
        </Card>
        <Editor />
      </div>
    </main>
  );
}
