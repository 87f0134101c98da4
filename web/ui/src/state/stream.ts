/**
 * Events of a server, for the life of the page. A connection that is silent is given up and made anew, for ever: a hung
 * server keeps a connection open.
 */

/** A connection that is silent this long is given up. */
const GIVE_UP_MS = 4000;
/** From a lost connection to the next try. */
const RETRY_MS = 1000;

/** Listens to one kind of event; call what is returned often, it notices the silence. */
export function listen(path: string, kind: string, take: (data: string) => void): () => void {
  let source: EventSource | null = null;
  let heardAt = 0;
  let retry: ReturnType<typeof setTimeout> | null = null;

  function connectSoon(afterMs: number): void {
    source?.close();
    source = null;
    if (retry !== null) return;
    retry = setTimeout(() => {
      retry = null;
      connect();
    }, afterMs);
  }

  function connect(): void {
    heardAt = performance.now();
    const opened = new EventSource(path);
    source = opened;
    opened.addEventListener(kind, (event) => {
      heardAt = performance.now();
      take((event as MessageEvent<string>).data);
    });
    opened.onerror = () => {
      if (source === opened) connectSoon(RETRY_MS);
    };
  }

  connect();
  return () => {
    if (source && performance.now() - heardAt > GIVE_UP_MS) connectSoon(0);
  };
}
