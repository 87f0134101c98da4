/** A scenario of one's own: typed or from a file, read while one types, with every mistake at its line and column. */
import { useRef } from 'preact/hooks';
import { Card } from '../../src/parts/Card';
import { Shape, Tick } from '../../src/parts/Shape';
import type { Problem } from '../model/picture';
import { draft, good, problems, refused, run } from '../state/jobs';
import { lost } from '../state/live';
import { tables } from '../state/tables';

const SEED = /^\d{0,9}$/;

/** Where a line and column are in a text, in letters. */
function offsetOf(text: string, { line, column }: Problem): number {
  const before = text.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + column - 1;
}

export function Editor() {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  const now = draft.value;
  const set = (part: Partial<typeof now>) => (draft.value = { ...draft.peek(), ...part });
  const lines = now.text.split('\n').length;
  const wrong = new Set(problems.value.map((problem) => problem.line));
  const open = async (file: File | undefined) => {
    if (!file) return;
    const most = tables.value?.text_max ?? 0;
    if (file.size > most) {
      refused.value = `${file.name} has ${file.size} bytes, a scenario at most ${most}`;
      return;
    }
    set({ name: file.name.replace(/\.scn$/, ''), text: await file.text() });
  };
  const goTo = (problem: Problem) => {
    const at = offsetOf(now.text, problem);
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
  };
  return (
    <Card title="A scenario of your own" className="editor">
      <div class="heads">
        <label class="field">Name<input value={now.name} onInput={(event) => set({ name: event.currentTarget.value })} maxLength={60} /></label>
        <label class="field">Seed<input inputMode="numeric" value={now.seed} placeholder="its own" aria-invalid={!SEED.test(now.seed)} onInput={(event) => set({ seed: event.currentTarget.value })} /></label>
        <label class="button file">Open a file<input type="file" accept=".scn,text/plain" onChange={(event) => void open(event.currentTarget.files?.[0])} /></label>
      </div>
      <div class="text">
        <pre ref={numbers} aria-hidden="true">{Array.from({ length: lines }, (_, k) => <span key={k} class={wrong.has(k + 1) ? 'bad' : ''}>{`${k + 1}\n`}</span>)}</pre>
        <textarea
          ref={area} aria-label="Text of the scenario" value={now.text} spellcheck={false} wrap="off" rows={14} aria-invalid={problems.value.length > 0}
          placeholder={'title  What it shows\nwait 5 min\ndoor open\nwithin 10 s  alarm door.open'}
          onInput={(event) => set({ text: event.currentTarget.value })}
          onScroll={(event) => { if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop; }}
        />
      </div>
      <div role="status">
        {good.value && <p class="none"><Tick />{`No mistake. ${good.value.steps} steps: ${good.value.title}`}</p>}
        {problems.value.length > 0 && (
          <ul class="problems" aria-label="Mistakes">
            {problems.value.map((problem) => (
              <li key={`${problem.line}:${problem.column}:${problem.message}`}>
                <button type="button" onClick={() => goTo(problem)}>
                  <Shape priority="high" filled />
                  <b>{`${problem.line}:${problem.column}`}</b>
                  <span>{problem.message}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <p class="buttons-right">
        <button type="button" class="button filled" disabled={lost.value || now.text.trim() === '' || problems.value.length > 0 || !SEED.test(now.seed)} onClick={() => void run(now.name, now.text, now.seed)}>Run this text</button>
      </p>
    </Card>
  );
}
