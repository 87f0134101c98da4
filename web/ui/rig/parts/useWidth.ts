/** The width of an element as it changes. */
import { useCallback, useRef, useState } from 'preact/hooks';

export function useWidth() {
  const [width, setWidth] = useState(0);
  const watcher = useRef<ResizeObserver | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    watcher.current?.disconnect();
    watcher.current = null;
    if (!element) return;
    watcher.current = new ResizeObserver(() => setWidth(element.clientWidth));
    watcher.current.observe(element);
  }, []);
  return { ref, width };
}
