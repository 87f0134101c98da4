/** The tabs: in the header on wide screens, a bar at the bottom on the phone. */
import { rank } from '../model/alarms';
import { picture } from '../state/live';
import { route, TABS } from '../state/route';
import { Shape } from './Shape';

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
  return (
    <nav class="tabs" aria-label="Pages">
      {TABS.map((tab) => (
        <a key={tab.key} href={`#/${tab.key}`} aria-current={route.value === tab.key ? 'page' : undefined}>
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d={tab.icon} />
          </svg>
          <span>{tab.title}</span>
          {tab.key === 'alarms' && <AlarmCount />}
        </a>
      ))}
    </nav>
  );
}
