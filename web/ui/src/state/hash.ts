/** Which page: the hash, `#/safety`; with `#/safety/inputs` the page is shown at the part that has this id. */
import { signal, type Signal } from '@preact/signals';

export interface Tab {
  key: string;
  title: string;
  /** Strokes of its icon in a box of 24. */
  icon: string;
}

/** The route among some tabs, the first where the hash names none of them; `start` follows the hash from then on. */
export function hashRoute(tabs: readonly Tab[]): { route: Signal<string>; start: () => void } {
  const parts = () => location.hash.replace(/^#\/?/, '').split('/');
  const current = () => {
    const [key] = parts();
    return tabs.find((tab) => tab.key === key)?.key ?? tabs[0]?.key ?? '';
  };
  const route = signal(current());
  const start = () => {
    addEventListener('hashchange', () => {
      route.value = current();
      const [, part] = parts();
      if (part === undefined) scrollTo(0, 0);
      // The page stands two frames later.
      else requestAnimationFrame(() => requestAnimationFrame(() => show(part)));
    });
  };
  return { route, start };
}

/** Brings a part of the page into sight, and the keyboard to it. */
function show(id: string): void {
  const part = document.getElementById(id);
  part?.scrollIntoView();
  part?.focus({ preventScroll: true });
}
