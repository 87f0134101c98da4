/** The tabs: in the header on wide screens, a bar at the bottom on the phone. */
import { rank } from '../model/alarms';
import { picture } from '../state/live';
import { route, TABS } from '../state/route';
import { Shape } from './Shape';
import { TabLinks } from './TabLinks';

/** The worst open alarm's shape, and how many are open. */
function AlarmCount() {
  const open = picture.value?.alarms ?? [];
  if (open.length === 0) return null;
  const worst = open.reduce((a, b) => (rank(b.priority) < rank(a.priority) ? b : a));
  return (
    <span class="count">
      <Shape priority={worst.priority} filled />
      {open.length}
      <span class="spoken">{` open, worst ${worst.priority}`}</span>
    </span>
  );
}

export function Tabs() {
  return <TabLinks tabs={TABS} now={route.value} beside={(key) => (key === 'alarms' ? <AlarmCount /> : null)} />;
}
