/** The record of the incident from the journal: tiers, hosts and what persons did about them, newest first. */
import { clock, dayMonth } from '../model/format';
import { recordOf, recordWords } from '../model/hosts';
import { journal } from '../state/journal';
import { Card } from './Card';

const LINES_MAX = 30;

export function RecordCard() {
  const entries = recordOf(journal.value, LINES_MAX);
  if (entries.length === 0) return null;
  return (
    <Card title="Record" note={<a href="#/alarms">Journal</a>} className="record">
      <ol>
        {entries.map((entry) => (
          <li key={entry.sequence}>
            <span class="time">{`${dayMonth(entry.time)} ${clock(entry.time)}`}</span>
            <span class="what">{recordWords(entry)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
