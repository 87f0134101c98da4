/** The overview: what matters in five seconds on top, then the rack, its values, hosts, fire and alarms. */
import { topAlarm } from '../model/alarms';
import { Drawing } from '../drawing/Drawing';
import { AlarmsCard } from '../parts/AlarmsCard';
import { DoneCard } from '../parts/DoneCard';
import { FireCard } from '../parts/FireCard';
import { HostsCard } from '../parts/HostsCard';
import { Sentence } from '../parts/Sentence';
import { TrendCard } from '../parts/TrendCard';
import { Values } from '../parts/Values';
import { narrow, phone } from '../state/layout';
import { picture } from '../state/live';

export function Overview() {
  const now = picture.value;
  const abnormal = now !== null && topAlarm(now.alarms) !== null;
  const early = abnormal ? <><HostsCard /><DoneCard /><AlarmsCard /></> : null;
  const late = abnormal ? <FireCard brief /> : <><HostsCard /><FireCard brief={false} /><TrendCard /></>;
  const rack = <><Drawing near={narrow.value} /><Values /></>;
  if (phone.value) {
    // On the phone the order is the reading order: what is wrong before the drawing.
    return (
      <main class="overview">
        <Sentence />
        {early}
        {rack}
        {late}
        {abnormal && <TrendCard />}
      </main>
    );
  }
  return (
    <main class="overview">
      <Sentence />
      {rack}
      <div class={`side${abnormal ? ' abnormal' : ''}`}>
        {abnormal ? <><HostsCard /><FireCard brief /><DoneCard /><AlarmsCard /></> : late}
      </div>
    </main>
  );
}
