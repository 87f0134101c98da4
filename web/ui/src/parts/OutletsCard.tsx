/** Outlets as a small table; nothing where the site lists none. */
import { alarmAt } from '../model/alarms';
import { outletsOf } from '../model/outlets';
import { picture, valueSilence } from '../state/live';
import { Card } from './Card';
import { StateValue } from './StateValue';

export function OutletsCard() {
  const now = picture.value;
  if (!now || now.outlets.length === 0) return null;
  return (
    <Card title="Outlets" className="outlets">
      <table>
        <thead><tr><th scope="col">No.</th><th scope="col">Feeds</th><th scope="col">Is</th><th scope="col" class="number">Power</th><th scope="col">Controller</th></tr></thead>
        <tbody>
          {outletsOf(now, valueSilence.value).map((outlet) => (
            <tr key={outlet.number} data-outlet={outlet.number}>
              <th scope="row">{outlet.number}</th>
              <td>{outlet.feeds}</td>
              <td><StateValue reading={outlet.on} words={outlet.onWords} alarm={null} /></td>
              <td class="number power">{outlet.power === '' ? <span class="hint">not measured</span> : outlet.power}</td>
              <td>{outlet.state === null ? 'Never switched' : <StateValue reading={outlet.state} words={outlet.stateWords} alarm={alarmAt(now, `outlet.${outlet.number}.state`)} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
