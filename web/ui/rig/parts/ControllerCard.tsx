/** The controller beside the truth: whether it answers, and what it reads as something else than it is. */
import { useState } from 'preact/hooks';
import { Card } from '../../src/parts/Card';
import { Shape, Tick } from '../../src/parts/Shape';
import { differs } from '../model/said';
import type { Picture, Tables } from '../model/picture';
import { errorOf, post } from '../state/act';
import { lost } from '../state/live';

export function ControllerCard({ picture, tables }: { picture: Picture; tables: Tables }) {
  const { controller } = picture;
  const [address, setAddress] = useState('http://127.0.0.1:8080');
  const [error, setError] = useState<string | null>(null);
  const attach = (to: string | null) => void post('/api/v1/controller', { address: to }).then((answer) => setError(errorOf(answer)));
  if (!controller) {
    return (
      <Card title="Controller" note="none attached" className="controller">
        <form onSubmit={(event) => { event.preventDefault(); attach(address); }}>
          <label class="field">Its page on this machine<input value={address} onInput={(event) => setAddress(event.currentTarget.value)} spellcheck={false} /></label>
          <button type="submit" class="button" disabled={lost.value}>Compare</button>
        </form>
        {error !== null && <p class="wrong">{error}</p>}
      </Card>
    );
  }
  const others = lost.value ? [] : differs(picture, tables);
  return (
    <Card title="Controller" note={<button type="button" class="link" onClick={() => attach(null)}>Detach</button>} className="controller">
      <p class="note"><a href={controller.address} target="_blank" rel="noreferrer">{controller.address}</a>{controller.answers ? '' : ' does not answer'}</p>
      {controller.answers && others.length === 0 && !lost.value && <p class="none"><Tick />It reads the rack as it is.</p>}
      {others.length > 0 && (
        <table>
          <thead><tr><th scope="col">Reads otherwise</th><th scope="col">Truth</th><th scope="col">Reads</th></tr></thead>
          <tbody>
            {others.map((one) => <tr key={one.name}><th scope="row"><Shape priority="medium" filled />{one.name}</th><td>{one.truth}</td><td>{one.reads}</td></tr>)}
          </tbody>
        </table>
      )}
    </Card>
  );
}
