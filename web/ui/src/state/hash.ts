/** Which page: the hash. */
import { signal, type Signal } from '@preact/signals';

export interface Tab {
  key: string;
  title: string;
  /** Strokes of its icon in a box of 24. */
  icon: string;
}

/** The route among some tabs, the first where the hash names none of them; `start` follows the hash from then on. */
export function hashRoute(tabs: readonly Tab[]): { route: Signal<string>; start: () => void } {
  const current = () => {
    const key = location.hash.replace(/^#\/?/, '');
    return tabs.find((tab) => tab.key === key)?.key ?? tabs[0]?.key ?? '';
  };
  const route = signal(current());
  const start = () => {
    addEventListener('hashchange', () => {
      route.value = current();
      scrollTo(0, 0);
    });
  };
  return { route, start };
}
