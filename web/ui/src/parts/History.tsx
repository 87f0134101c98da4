/** What was, newest first, from the journal: alarms with their shape, and what the controller did about them. */
import { useState } from 'preact/hooks';
import { clock, dayMonth } from '../model/format';
import type { JournalEntry } from '../model/picture';
import { journal, olderThan } from '../state/journal';
import { Shape } from './Shape';

const KINDS: Record<JournalEntry['kind'], [string, string]> = {
  alarm: ['Alarm came', 'Alarm gone'],
  acknowledge: ['Acknowledged', 'To be acknowledged again'],
  shelve: ['Shelved', 'Back from the shelf'],
  service: ['Out of service', 'Back in service'],
  design: ['Follows another', 'Stands by itself'],
  chatter: ['Chatters', 'Chatter over'],
  first: ['First of its group', 'Group clear'],
  flood: ['Flood began', 'Flood over'],
  cause: ['Cause stands', 'Cause over'],
  effect: ['In force', 'Ended'],
  latch: ['Latched', 'Reset'],
  regime: ['Control', 'Control'],
  tier: ['Hosts', 'Hosts'],
  host: ['Hosts', 'Hosts'],
  outlet: ['Outlets', 'Outlets'],
  agent: ['Agents', 'Agents'],
  ask: ['Asked', 'Asked'],
  command: ['Done', 'Refused'],
};

/** What is about alarms or the hosts' shutdown and worth a line without being asked for. */
const OF_ALARMS = new Set<JournalEntry['kind']>(['alarm', 'acknowledge', 'shelve', 'service', 'flood', 'tier', 'host', 'outlet', 'agent']);
/** Persons' acts that change what is judged or locked. */
const ACTS = new Set(['override', 'end_override', 'out_of_service', 'in_service', 'reset', 'replace_unit', 'self_test', 'hold_hosts', 'resume_hosts', 'abort_hosts', 'drill_hosts', 'rehearse_hosts']);

const isTold = (entry: JournalEntry) => OF_ALARMS.has(entry.kind) || (entry.kind === 'command' && ACTS.has(entry.name));

function Entry({ entry }: { entry: JournalEntry }) {
  const [came, gone] = KINDS[entry.kind];
  return (
    <tr>
      <td class="time"><span>{dayMonth(entry.time)}</span> {clock(entry.time)}</td>
      <td class="mark">{entry.priority && <Shape priority={entry.priority} filled={entry.on} />}</td>
      <td class="what">{entry.text}{entry.by !== undefined && <span class="by">{` ${entry.by}${entry.why === undefined ? '' : `: ${entry.why}`}`}</span>}</td>
      <td class="kind">{entry.on ? came : gone}</td>
    </tr>
  );
}

export function History() {
  const [alarmsOnly, setAlarmsOnly] = useState(true);
  const [older, setOlder] = useState<JournalEntry[]>([]);
  const [end, setEnd] = useState(false);
  const newest = journal.value;
  if (!newest) return <p class="card nothing">The journal does not answer. Open alarms are not affected.</p>;
  const last = newest[newest.length - 1];
  // The newest page grows while it is looked at; what was fetched before it keeps its place.
  const all = [...newest, ...older.filter((entry) => last === undefined || entry.sequence < last.sequence)];
  const shown = alarmsOnly ? all.filter(isTold) : all;
  const more = async () => {
    const from = all[all.length - 1];
    const answer = from ? await olderThan(from.sequence) : null;
    if (!answer) return;
    setOlder([...all.slice(newest.length), ...answer.entries]);
    setEnd(!answer.more);
  };
  return (
    <section class="card history" aria-label="History">
      <div class="title">
        <h2>History</h2>
        <label class="check"><input type="checkbox" checked={!alarmsOnly} onChange={(event) => setAlarmsOnly(!event.currentTarget.checked)} />Causes, effects and commands too</label>
      </div>
      <table>
        <thead class="spoken"><tr><th>Time</th><th>Priority</th><th>What</th><th>Came or gone</th></tr></thead>
        <tbody>{shown.map((entry) => <Entry key={entry.sequence} entry={entry} />)}</tbody>
      </table>
      {shown.length === 0 && <p class="nothing">Nothing yet.</p>}
      {!end && newest.length >= 200 && <button type="button" class="button" onClick={() => void more()}>Older</button>}
    </section>
  );
}
