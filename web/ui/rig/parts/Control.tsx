/** One control of the table: a switch, a choice, a slider or a button. It shows where the rack stands, not what was asked. */
import { useEffect, useState } from 'preact/hooks';
import { figure } from '../../src/model/format';
import { PLACES, placeOf, sortOf, textOf, valueAt, type Control as One } from '../model/acts';
import { act } from '../state/act';
import { lost } from '../state/live';

/** A number as a control writes it: no more decimals than it has. */
const shown = (value: number) => figure(value, Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : 1);

const title = (control: One) => [control.row.name, ...control.which].join(' ');

function Words({ control, words }: { control: One; words: readonly string[] }) {
  return (
    <div class="choices" role="group" aria-label={title(control)}>
      {words.map((word) => (
        <button key={word} type="button" aria-pressed={control.now === word} disabled={lost.value} onClick={() => act(textOf(control.row, [...control.which, word]))}>{word}</button>
      ))}
    </div>
  );
}

function Slider({ control }: { control: One }) {
  const { parameter, now, row, which } = control;
  const span = parameter?.number;
  const stands = typeof now === 'number' ? now : null;
  /** Where a person holds it; null while the rack's value is shown. */
  const [held, setHeld] = useState<number | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => setHeld(null), [now]);
  if (!span) return null;
  const value = held ?? stands ?? span.low;
  const set = (next: number) => act(textOf(row, [...which, next]));
  const label = title(control);
  const enter = () => {
    const number = Number(typed?.replace(',', '.'));
    if (typed !== null && typed.trim() !== '' && Number.isFinite(number)) set(number);
    setTyped(null);
  };
  return (
    <div class="slide">
      <input
        type="range" min="0" max={PLACES} step="1" value={placeOf(value, span)} disabled={lost.value} aria-label={label}
        aria-valuetext={`${shown(value)} ${span.unit}`}
        onInput={(event) => setHeld(valueAt(Number(event.currentTarget.value), span))}
        onChange={(event) => set(valueAt(Number(event.currentTarget.value), span))}
      />
      <span class="entry">
        <input
          inputMode="decimal" value={typed ?? (held === null && stands === null ? '' : shown(value))} disabled={lost.value} aria-label={`${label}, ${span.unit === '' ? 'number' : span.unit}`}
          placeholder={stands === null ? String(now ?? '') : ''}
          onInput={(event) => setTyped(event.currentTarget.value)} onBlur={enter} onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
        <span class="unit">{span.unit}</span>
      </span>
    </div>
  );
}

export function Control({ control, name }: { control: One; name: string }) {
  const { parameter, row } = control;
  const sort = sortOf(parameter);
  return (
    <div class={`control ${sort}`} data-control={control.key}>
      <span class="name" title={row.about}>{name}</span>
      {sort === 'button' && <button type="button" class="button" disabled={lost.value} onClick={() => act(row.name)}>Do</button>}
      {(sort === 'switch' || sort === 'choice') && parameter && <Words control={control} words={parameter.words} />}
      {sort === 'slider' && parameter && (
        <>
          <Slider control={control} />
          {parameter.words.length > 0 && <Words control={control} words={parameter.words} />}
        </>
      )}
    </div>
  );
}
