/** Links to the pages: in the header on wide screens, a bar at the bottom on the phone. */
import type { ComponentChildren } from 'preact';
import type { Tab } from '../state/hash';

/** `beside` stands beside the title of a tab. */
export function TabLinks({ tabs, now, beside }: { tabs: readonly Tab[]; now: string; beside?: (key: string) => ComponentChildren }) {
  return (
    <nav class="tabs" aria-label="Pages">
      {tabs.map((tab) => (
        <a key={tab.key} href={`#/${tab.key}`} aria-current={now === tab.key ? 'page' : undefined}>
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d={tab.icon} />
          </svg>
          <span>{tab.title}</span>
          {beside?.(tab.key)}
        </a>
      ))}
    </nav>
  );
}
