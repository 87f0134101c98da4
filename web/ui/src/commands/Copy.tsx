/** Copies a text, also where the page is not served over TLS and the browser keeps its clipboard from it. */
import { useEffect, useState } from 'preact/hooks';

/** So long the button says what it did. */
const SAID_MS = 2_000;

async function copy(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Selected in a field of the same dialog: elsewhere it could not be focused.
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'spoken';
    beside.after(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    beside.focus();
    return done;
  }
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState<{ text: string; done: boolean } | null>(null);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const words = copied?.text !== text ? what : copied.done ? 'Copied' : 'Mark it by hand';
  return (
    <button type="button" class="button small" aria-live="polite" onClick={(event) => void copy(text, event.currentTarget).then((done) => setCopied({ text, done }))}>
      {words}
    </button>
  );
}
