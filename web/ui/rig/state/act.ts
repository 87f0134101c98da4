/** Doing something to the rack: what was asked, and what came of it, is said at once and with its time. */
import { signal } from '@preact/signals';
import { asksTwice } from '../model/acts';

const WITHIN_MS = 5000;

export interface Answer {
  status: number;
  body: Record<string, unknown> | null;
}

/** Posts to the rig; status 0 when nobody answers. */
export async function post(path: string, body: unknown): Promise<Answer> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      signal: AbortSignal.timeout(WITHIN_MS),
      headers: { 'content-type': 'application/json', 'x-rig-act': '1' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json().catch(() => null)) as Answer['body'] };
  } catch {
    return { status: 0, body: null };
  }
}

/** The last thing asked from this page. */
export interface Echo {
  text: string;
  /** Seconds of the rack's clock; null while it is asked or where it was refused. */
  atS: number | null;
  error: string | null;
  column: number | null;
  /** Rises, so that the same thing twice is seen twice. */
  number: number;
}

export const echo = signal<Echo | null>(null);
/** What is asked twice, waiting for its second step. */
export const confirming = signal<{ title: string; verb: string; about: string; go: () => void } | null>(null);

let number = 0;

export const errorOf = ({ status, body }: Answer): string | null => {
  if (status >= 200 && status < 300) return null;
  return status === 0 ? 'The rig does not answer' : String(body?.['error'] ?? `refused (${status})`);
};

async function send(path: string, body: unknown, text: string): Promise<boolean> {
  number += 1;
  const mine = number;
  echo.value = { text, atS: null, error: null, column: null, number: mine };
  const answer = await post(path, body);
  const error = errorOf(answer);
  const column = typeof answer.body?.['column'] === 'number' ? answer.body['column'] : null;
  const atS = typeof answer.body?.['at_s'] === 'number' ? answer.body['at_s'] : null;
  if (mine === number) echo.value = { text, atS, error, column, number: mine };
  return error === null;
}

/** Does an act, given as a scenario would say it; what burns or spoils a test is asked twice. */
export function act(text: string): void {
  if (!asksTwice(text)) {
    void send('/api/v1/acts', { act: text }, text);
    return;
  }
  confirming.value = {
    title: `Do this to the simulated rack: ${text}`, verb: 'Do it', about: 'It changes the course of whatever is being tested on this rack.',
    go: () => void send('/api/v1/acts', { act: text }, text),
  };
}

/** Everything back to healthy, in two steps. */
export function healthy(): void {
  confirming.value = {
    title: 'Everything back to healthy', verb: 'Mend everything',
    about: 'Every fault is mended, every control goes back, fires go out, hosts start, and acts that wait are forgotten. What the controller has latched stays latched.',
    go: () => void send('/api/v1/healthy', {}, 'everything back to healthy'),
  };
}
