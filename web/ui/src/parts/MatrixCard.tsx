/**
 * The live matrix. Wide: causes by effects, as the table runs. Narrow: a list, effect by effect, of the causes that lead
 * to it. Every cell says its code and, by shape and word, whether it is off, waits, is in force, latched or inhibited.
 */
import { timeWords } from '../model/format';
import { cellOf, cellWords, lockOf, rowWords, type Cell } from '../model/matrix';
import type { Matrix, MatrixAct, MatrixRow, Picture } from '../model/picture';
import { lost, picture } from '../state/live';
import { narrow } from '../state/layout';
import { matrix, setting } from '../state/site';
import { Card } from './Card';

/** Off: nothing. Waits: a clock. In force: a disc. Latched: a filled square with a bar. Inhibited: crossed out. */
function Mark({ look }: { look: Cell['look'] }) {
  if (look === 'off') return null;
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      {look === 'waits' && <path class="stroke" d="M8 2a6 6 0 1 0 .01 0M8 4.500V8l2.500 1.500" />}
      {look === 'on' && <circle class="fill" cx="8" cy="8" r="5.500" />}
      {look === 'latched' && <><path class="stroke" d="M5 7V5a3 3 0 0 1 6 0v2" /><path class="fill" d="M2.500 7h11v7h-11z" /></>}
      {look === 'inhibited' && <path class="stroke" d="M8 2a6 6 0 1 0 .01 0M4 4l8 8" />}
    </svg>
  );
}

const COVERS = 'L latched at once, U follows its cause, D latched after a delay, S latched a delay after the latch.';

function Legend() {
  const looks: [Cell['look'], string][] = [['waits', 'waits'], ['on', 'in force'], ['latched', 'latched until reset'], ['inhibited', 'inhibited']];
  return (
    <p class="legend">
      {looks.map(([look, words]) => <span key={look} class={`key ${look}`}><Mark look={look} />{words}</span>)}
      <span>{COVERS}</span>
    </p>
  );
}

function CellView({ row, act, now }: { row: MatrixRow; act: MatrixAct; now: Picture }) {
  const cell = cellOf(now, row, act, setting);
  const words = `${row.code} ${act.effect}: ${cellWords(cell)}${act.when === '' || cell.look === 'off' ? '' : ` (${act.when})`}`;
  return (
    <span class={`cell ${cell.look}`} data-cell={`${row.code}/${act.effect}`} data-look={cell.look} title={words}>
      <span aria-hidden="true">{cell.code}</span>
      <Mark look={cell.look} />
      {cell.leftS !== null && <span class="left" aria-hidden="true">{timeWords(cell.leftS)}</span>}
      <span class="spoken">{words}</span>
    </span>
  );
}

function Table({ table, now }: { table: Matrix; now: Picture }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Matrix; arrow keys scroll it">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Cause</th>
            {table.effects.map((effect) => (
              <th key={effect.key} scope="col" class={now.effects.some((one) => one.key === effect.key) ? 'head on' : 'head'} title={effect.about}><span>{effect.title}</span></th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.causes.map((row) => {
            const lock = lockOf(now, row.code);
            return (
              <tr key={row.code} class={lock ? 'stands' : ''}>
                <th scope="row" title={`${row.about} ${row.reason}`}>
                  <b>{row.code}</b> {row.title}
                  {lock && <span class="how">{rowWords(lock)}</span>}
                </th>
                {table.effects.map((effect) => {
                  const acts = row.acts.filter((act) => act.effect === effect.key);
                  return <td key={effect.key}>{acts.map((act) => <CellView key={`${act.code}${act.when}`} row={row} act={act} now={now} />)}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Effects in force are open; the others open on a tap. */
function List({ table, now }: { table: Matrix; now: Picture }) {
  return (
    <ul class="matrix-list">
      {table.effects.map((effect) => {
        const on = now.effects.some((one) => one.key === effect.key);
        const rows = table.causes.flatMap((row) => row.acts.filter((act) => act.effect === effect.key).map((act) => ({ row, act, cell: cellOf(now, row, act, setting) })));
        if (rows.length === 0) return null;
        const order = { latched: 0, on: 1, waits: 2, inhibited: 3, off: 4 };
        rows.sort((a, b) => order[a.cell.look] - order[b.cell.look]);
        return (
          <li key={effect.key}>
            <details open={on}>
              <summary><span>{effect.title}</span><b>{on ? 'in force' : 'off'}</b></summary>
              <ul>
                {rows.map(({ row, act, cell }) => (
                  <li key={`${row.code}${act.code}${act.when}`} class={cell.look} data-cell={`${row.code}/${act.effect}`} data-look={cell.look}>
                    <span class="cell-code">{cell.code}</span>
                    <span class="what"><b>{row.code}</b>{` ${row.title}`}</span>
                    <span class="state"><Mark look={cell.look} />{cell.words}</span>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

export function MatrixCard() {
  const [table, now] = [matrix.value, picture.value];
  if (!table || !now) return null;
  return (
    <Card title="Cause and effect, live" className="matrix-card">
      {lost.value ? <p class="nothing">No data: what is in force is not known.</p> : <><Legend />{narrow.value ? <List table={table} now={now} /> : <Table table={table} now={now} />}</>}
    </Card>
  );
}
