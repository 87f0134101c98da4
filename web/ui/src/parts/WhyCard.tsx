/** Why each effect is in force, in words: which causes hold it, since when, and how it ends; and what is on its way. */
import { timeWords } from '../model/format';
import { coming, explain } from '../model/matrix';
import { lost, picture } from '../state/live';
import { matrix, setting } from '../state/site';
import { Card } from './Card';

export function WhyCard() {
  const [table, now] = [matrix.value, picture.value];
  if (!table || !now) return null;
  const inForce = lost.value ? [] : explain(now, table);
  const next = lost.value ? [] : coming(now, table, setting);
  return (
    <Card title="In force, and why" className="why-card" note={lost.value ? 'no data' : `${inForce.length} of ${table.effects.length} effects`}>
      {lost.value && <p class="nothing">No data: what is in force is not known.</p>}
      {!lost.value && inForce.length === 0 && next.length === 0 && <p class="nothing">Nothing is in force: automatic control has the fan.</p>}
      {next.length > 0 && (
        <ul class="coming" aria-label="On its way">
          {next.map((one) => (
            <li key={`${one.key}${one.code}`}>
              <b>{`${one.title}${one.leftS === null ? '' : ` in ${timeWords(one.leftS)}`}`}</b>
              <span>{`because: ${one.code} ${one.text}`}</span>
            </li>
          ))}
        </ul>
      )}
      <ul class="reasons">
        {inForce.map((one) => (
          <li key={one.key} data-effect={one.key}>
            <h3>{`${one.title} because`}</h3>
            <ul>
              {one.because.map(({ code, text }) => <li key={code + text}>{code !== '' && <b>{code}</b>}{` ${text}`}</li>)}
            </ul>
            <p class="ends">{`Ends: ${one.ends}.`}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
