/** Done so far: what the controller has done since the trouble began, from the journal. */
import { topAlarm } from '../model/alarms';
import { ageWords } from '../model/format';
import { doneSince } from '../model/done';
import { journal } from '../state/journal';
import { picture } from '../state/live';
import { Card } from './Card';

const STEPS_MAX = 4;

export function DoneCard() {
  const now = picture.value;
  const first = now && topAlarm(now.alarms);
  if (!now || !first?.active || !journal.value) return null;
  const steps = doneSince(journal.value, first.name, now.time - first.since_s, STEPS_MAX);
  if (steps.length < 2) return null;
  return (
    <Card title="Done so far" className="done">
      <ol>
        {steps.map((step) => (
          <li key={step.text}>
            <b>{ageWords(step.afterS)}</b>
            <span>{step.text}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
