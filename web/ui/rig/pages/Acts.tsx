/** Every act and every fault, found by any word of it; and an act as one types it. */
import { useState } from 'preact/hooks';
import { Card } from '../../src/parts/Card';
import { search } from '../model/acts';
import { ActForm } from '../parts/ActForm';
import { Departures } from '../parts/Departures';
import { DoneCard } from '../parts/DoneCard';
import { act, echo } from '../state/act';
import { lost, picture } from '../state/live';
import { tables } from '../state/tables';

function Typed() {
  const [text, setText] = useState('');
  const said = echo.value;
  const wrong = said !== null && said.text === text && said.error !== null ? said : null;
  return (
    <Card title="An act as in a scenario" className="typed">
      <form onSubmit={(event) => { event.preventDefault(); if (text.trim() !== '') act(text); }}>
        <label class="field">
          <span>For example <code>fault exhaust-a drift 2 K/h</code>, or <code>when exhaust above 70 °C do blower jammed on</code></span>
          <input value={text} onInput={(event) => setText(event.currentTarget.value)} spellcheck={false} autocapitalize="off" autocomplete="off" aria-invalid={wrong !== null} />
        </label>
        <button type="submit" class="button filled" disabled={lost.value || text.trim() === ''}>Do</button>
      </form>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong.column !== null && <code class="caret">{`${text}\n${' '.repeat(wrong.column - 1)}^`}</code>}
          {wrong.error}
        </p>
      )}
    </Card>
  );
}

export function Acts() {
  const [words, setWords] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const [now, all] = [picture.value, tables.value];
  if (!all) return <main><p class="nothing">Waiting for the table of acts.</p></main>;
  const found = search(all, words);
  return (
    <main class="acts-page">
      <div class="column">
        <Typed />
        <section class="card found" aria-label="All acts and faults">
          <label class="field">
            Look for an act or a fault
            <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} placeholder="drift, smoke, filter left" />
          </label>
          <p class="note" role="status">{`${found.length} found`}</p>
          <ul>
            {found.map((one) => (
              <li key={one.key}>
                <button type="button" class="row-button" aria-expanded={open === one.key} onClick={() => setOpen(open === one.key ? null : one.key)}>
                  <b>{one.title}</b>
                  <span>{one.about}</span>
                </button>
                {open === one.key && <ActForm tables={all} row={one.row} preset={one.preset} state={now?.state ?? []} />}
              </li>
            ))}
          </ul>
          {found.length === 0 && <p class="nothing">No act and no fault has all these words.</p>}
        </section>
      </div>
      {now && <div class="column"><Departures picture={now} /><DoneCard picture={now} /></div>}
    </main>
  );
}
