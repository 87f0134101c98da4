/** What is not as in a healthy rack, each with the act that mends it; and what waits. */
import { Card } from '../../src/parts/Card';
import { Tick } from '../../src/parts/Shape';
import type { Picture } from '../model/picture';
import { act } from '../state/act';
import { lost } from '../state/live';

export function Departures({ picture }: { picture: Picture }) {
  const { departures, waiting } = picture;
  return (
    <Card title="Not as in a healthy rack" note={departures.length > 0 ? String(departures.length) : undefined} className="departures">
      {departures.length === 0 && <p class="none"><Tick />Nothing is broken or set by hand.</p>}
      <ul>
        {departures.map((one) => (
          <li key={one.says}>
            <code>{one.says}</code>
            <button type="button" class="button" disabled={lost.value} aria-label={`Mend: ${one.says}, by ${one.mend}`} title={one.mend} onClick={() => act(one.mend)}>Mend</button>
          </li>
        ))}
      </ul>
      {waiting.length > 0 && (
        <>
          <h3>Waits</h3>
          <ul class="waits">{waiting.map((one) => <li key={`${one.until}${one.act}`}><span>{one.until}</span><code>{one.act}</code></li>)}</ul>
        </>
      )}
    </Card>
  );
}
