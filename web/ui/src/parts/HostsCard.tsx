/** The hosts in short: how far their shutdown has come, the limit, the cap and the two contacts. The plan is a page of its own. */
import { alarmAt } from '../model/alarms';
import { figure, NBSP } from '../model/format';
import { limitWords } from '../model/foresight';
import { planLine } from '../model/hosts';
import { read, stateOf } from '../model/reading';
import { outputWords, stageWords } from '../model/words';
import { picture, valueSilence } from '../state/live';
import { rack, setting } from '../state/site';
import { Card, Line } from './Card';
import { StateValue } from './StateValue';

export function HostsCard() {
  const now = picture.value;
  if (!now) return null;
  const silenceS = valueSilence.value;
  // Without data nothing is under way for sure: the stage's own line says how old it is.
  const line = silenceS > 0 ? null : planLine(now);
  const stage = read(now, 'shutdown.stage', silenceS);
  const cap = read(now, 'shutdown.power_cap', silenceS);
  const rated = rack.value?.rated_power_w ?? null;
  const limit = read(now, 'time_to.shutdown.low', silenceS);
  const trip = setting('safety.exhaust_trip');
  const down = outputWords(now, 'host_down', silenceS, { on: 'On', off: 'Off' });
  const cut = outputWords(now, 'power_cut', silenceS, { on: 'Cut', off: 'Not cut' });
  const inKw = (percent: number) => (rated === null ? '' : `${NBSP}(${figure((percent * rated) / 100_000, 1)}${NBSP}kW)`);
  const capWords = cap.kind !== 'value' ? '' : cap.value >= 100 ? 'None' : `${figure(cap.value, 0)}${NBSP}%${inKw(cap.value)}`;
  return (
    <Card title="Hosts" note={<a href="#/hosts">Plan</a>} className="hosts">
      {line !== null && <a class="plan-line" href="#/hosts/plan">{line}</a>}
      <dl>
        {line === null && <Line name="Stage"><StateValue reading={stage} words={stageWords(stateOf(stage))} alarm={null} /></Line>}
        {limit.kind !== 'unfitted' && (
          <Line name={trip === null ? 'Shutdown limit' : `Exhaust at ${figure(trip, 0)}${NBSP}°C`}>
            {limitWords(now, 'shutdown', silenceS) ?? <StateValue reading={limit} words="" alarm={null} />}
          </Line>
        )}
        <Line name="Power cap asked"><StateValue reading={cap} words={capWords} alarm={null} /></Line>
        <Line name="Host-down contact"><StateValue reading={down.reading} words={down.text} alarm={alarmAt(now, 'output.host_down')} /></Line>
        <Line name="Power"><StateValue reading={cut.reading} words={cut.text} alarm={alarmAt(now, 'output.power_cut')} /></Line>
      </dl>
    </Card>
  );
}
