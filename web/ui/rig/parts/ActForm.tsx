/** An act with a field for each of its parameters, and the text that it makes. */
import { useState } from 'preact/hooks';
import { figure } from '../../src/model/format';
import { parameterAt, textOf } from '../model/acts';
import type { ActRow, Parameter, Standing, Tables } from '../model/picture';
import { act } from '../state/act';
import { lost } from '../state/live';

/** Where a field stands before a person touches it. */
const first = (parameter: Parameter | null): string => parameter?.words[0] ?? (parameter?.number ? String(Math.max(0, parameter.number.low)) : '');

const range = ({ number }: Parameter): string => (number ? `${figure(number.low, number.low % 1 === 0 ? 0 : 3)} to ${figure(number.high, 0)} ${number.unit}`.trimEnd() : '');

function Field({ parameter, value, set }: { parameter: Parameter; value: string; set: (value: string) => void }) {
  const { words, number } = parameter;
  const hint = range(parameter);
  if (!number) {
    return (
      <label class="field">{parameter.name}
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>{words.map((word) => <option key={word} value={word}>{word}</option>)}</select>
      </label>
    );
  }
  const listed = words.includes(value);
  return (
    <>
      {words.length > 0 && (
        <label class="field">{parameter.name}
          <select value={listed ? value : ''} onChange={(event) => set(event.currentTarget.value)}>
            {words.map((word) => <option key={word} value={word}>{word}</option>)}
            <option value="">a number</option>
          </select>
        </label>
      )}
      {(!listed || words.length === 0) && (
        <label class="field">{`${parameter.name}, ${hint}`}
          <input inputMode="decimal" value={value} onInput={(event) => set(event.currentTarget.value)} />
        </label>
      )}
    </>
  );
}

export function ActForm({ tables, row, preset, state }: { tables: Tables; row: ActRow; preset: string[]; state: Standing[] }) {
  const stands = state.find((one) => one.act === row.name)?.arguments.map(String) ?? [];
  const [typed, setTyped] = useState<(string | undefined)[]>(preset.length > 0 ? preset : stands);
  // A choice may leave a later one without its word: then that one begins anew.
  const values: string[] = [];
  for (let place = 0; place < row.parameters.length; place += 1) {
    const parameter = parameterAt(tables, row, place, values);
    const own = typed[place];
    const fits = own !== undefined && (parameter?.number || parameter?.words.includes(own));
    values.push(fits ? own : first(parameter));
  }
  const text = textOf(row, values.map((value, place) => {
    const number = parameterAt(tables, row, place, values)?.number;
    return number && value !== '' && Number.isFinite(Number(value)) ? `${value} ${number.unit}`.trimEnd() : value;
  }));
  return (
    <form class="act-form" onSubmit={(event) => { event.preventDefault(); act(text); }}>
      {row.parameters.map((one, place) => {
        const parameter = parameterAt(tables, row, place, values) ?? one;
        return <Field key={`${one.name}${place}`} parameter={parameter} value={values[place] ?? ''} set={(value) => setTyped(row.parameters.map((_, k) => (k === place ? value : typed[k])))} />;
      })}
      <p class="will"><code>{text}</code><button type="submit" class="button filled" disabled={lost.value}>Do</button></p>
    </form>
  );
}
