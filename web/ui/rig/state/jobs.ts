/** The run that is looked at, with its verdicts so far, and the text in the editor with its mistakes. */
import { effect, signal } from '@preact/signals';
import { get } from '../../src/state/ask';
import { isOver } from '../model/words';
import type { FullJob, Problem } from '../model/picture';
import { errorOf, post, type Answer } from './act';
import { picture } from './live';

/** A run that goes on is asked for again this often. */
const AGAIN_MS = 400;
/** The text is read this long after the last letter. */
const CHECK_AFTER_MS = 500;

export const chosen = signal<number | null>(null);
export const full = signal<FullJob | null>(null);

export interface Draft {
  name: string;
  text: string;
  seed: string;
}

export const draft = signal<Draft>({ name: 'untitled', text: '', seed: '' });
export const problems = signal<Problem[]>([]);
/** What was read without a mistake: title and steps. */
export const good = signal<{ title: string; steps: number } | null>(null);
/** Why a run was not taken. */
export const refused = signal<string | null>(null);

const problemsOf = (answer: Answer): Problem[] => (Array.isArray(answer.body?.['problems']) ? (answer.body['problems'] as Problem[]) : []);

/** Starts a run of the library or of a text; its verdicts are then looked at. */
export async function run(name: string, text: string | null, seed: string): Promise<void> {
  const number = seed.trim() === '' ? {} : { seed: Number(seed) };
  const answer = await post('/api/v1/jobs', { name, ...(text === null ? {} : { text }), ...number });
  refused.value = errorOf(answer);
  if (text !== null) problems.value = problemsOf(answer);
  if (typeof answer.body?.['id'] === 'number') chosen.value = answer.body['id'];
}

export async function cancel(id: number): Promise<void> {
  refused.value = errorOf(await post(`/api/v1/jobs/${id}/cancel`, {}));
}

/** Puts a scenario of the library into the editor. */
export async function edit(name: string): Promise<void> {
  const answer = await get<{ text: string }>(`/api/v1/library/${encodeURIComponent(name)}`);
  if (answer) draft.value = { ...draft.peek(), name, text: answer.text };
}

async function check({ name, text }: Draft): Promise<void> {
  const answer = await post('/api/v1/check', { name, text });
  if (draft.peek().text !== text) return;
  problems.value = problemsOf(answer);
  good.value = answer.status === 200 ? { title: String(answer.body?.['title'] ?? ''), steps: Number(answer.body?.['steps'] ?? 0) } : null;
}

async function look(id: number): Promise<void> {
  const answer = await get<FullJob>(`/api/v1/jobs/${id}`);
  if (chosen.peek() !== id) return;
  if (answer) full.value = answer;
  if (answer && !isOver(answer.stage)) setTimeout(() => void look(id), AGAIN_MS);
}

/** While the page of the scenarios is looked at; the answer ends it. */
export function watch(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stopText = effect(() => {
    const now = draft.value;
    if (timer) clearTimeout(timer);
    problems.value = [];
    good.value = null;
    if (now.text.trim() !== '') timer = setTimeout(() => void check(now), CHECK_AFTER_MS);
  });
  const stopJob = effect(() => {
    const id = chosen.value;
    if (id !== null) void look(id);
  });
  if (chosen.peek() === null) chosen.value = picture.peek()?.jobs[0]?.id ?? null;
  return () => {
    if (timer) clearTimeout(timer);
    stopText();
    stopJob();
  };
}
