/** Figures of merit of the alarms over days, each beside its target; asked when it is looked at. */
import { useEffect, useState } from 'preact/hooks';
import { dayMonth, figure, hourMinute, NBSP, upperFirst } from '../model/format';
import type { AlarmKpi, Priority } from '../model/picture';
import { get } from '../state/ask';
import { Shape } from './Shape';

const DAYS = [1, 7, 31];
const AGAIN_MS = 60_000;

const value = (of: number, unit: string) => `${figure(of, of < 10 && of % 1 !== 0 ? 2 : 0)}${unit === '%' ? `${NBSP}%` : ''}`;

function Row({ of }: { of: AlarmKpi['figures'][number] }) {
  return (
    <tr>
      <th scope="row">{upperFirst(of.about)}</th>
      <td class="number">{value(of.value, of.unit)}</td>
      <td class="number">{`≤${NBSP}${value(of.target, of.unit)}`}</td>
      <td class={of.met ? 'verdict' : 'verdict missed'}>{of.met ? 'met' : of.manageable ? 'above target' : 'not met'}</td>
    </tr>
  );
}

export function Figures() {
  const [days, setDays] = useState(7);
  const [kpi, setKpi] = useState<AlarmKpi | null | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    const ask = () => void get<AlarmKpi>(`/api/v1/alarms/kpi?days=${days}`).then((answer) => wanted && setKpi(answer));
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [days]);
  const choices = (
    <div class="choices" role="group" aria-label="Over which time">
      {DAYS.map((count) => <button key={count} type="button" aria-pressed={days === count} onClick={() => setDays(count)}>{count === 1 ? '1 day' : `${count} days`}</button>)}
    </div>
  );
  if (kpi === undefined) return choices;
  if (kpi === null) return <>{choices}<p class="card nothing">The journal does not answer. Open alarms are not affected.</p></>;
  return (
    <>
      {choices}
      <section class="card kpi" aria-label="Figures of merit">
        <h2>{`${kpi.told} alarms since ${dayMonth(kpi.from)} ${hourMinute(kpi.from)}`}</h2>
        {kpi.cut && <p>The journal holds more than is counted at once: what is older is left out.</p>}
        <table class="figures-table">
          <thead><tr><th scope="col">What</th><th scope="col" class="number">Value</th><th scope="col" class="number">Target</th><th scope="col"><span class="spoken">Verdict</span></th></tr></thead>
          <tbody>{kpi.figures.map((of) => <Row key={of.name} of={of} />)}</tbody>
        </table>
        <h3>Priorities</h3>
        <ul class="plain">
          {kpi.priorities.map((of) => (
            <li key={of.priority}>
              <Shape priority={of.priority as Priority} filled />
              <span>{`${upperFirst(of.priority)}: ${of.count}, ${value(of.share, '%')}${of.target === null ? '' : `, target about ${value(of.target, '%')}`}`}</span>
            </li>
          ))}
        </ul>
        <h3>Most frequent</h3>
        {kpi.top.length === 0 && <p>None came.</p>}
        <ol class="plain">
          {kpi.top.map((of) => <li key={of.name}><span>{`${of.name}: ${of.count}, ${value(of.share, '%')}`}</span></li>)}
        </ol>
        <p><a href={`/api/v1/alarms/kpi?days=${days}&format=csv`} download="alarms.csv">As a table (CSV)</a></p>
      </section>
    </>
  );
}
