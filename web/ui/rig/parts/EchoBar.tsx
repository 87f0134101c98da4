/** What was asked last and what came of it, at once: heard as well as seen. A refusal stays until it is closed. */
import { useEffect } from 'preact/hooks';
import { Shape, Tick } from '../../src/parts/Shape';
import { rackTime } from '../model/words';
import { echo } from '../state/act';

/** What was done is shown this long; the list of what was done keeps it. */
const SHOWN_MS = 4000;

export function EchoBar() {
  const said = echo.value;
  useEffect(() => {
    if (!said || said.error !== null || said.atS === null) return undefined;
    const timer = setTimeout(() => {
      if (echo.peek() === said) echo.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const words = !said ? '' : said.error !== null ? `Not done: ${said.text}` : said.atS === null ? `Asked: ${said.text}` : `Done: ${said.text}`;
  return (
    <div class={said ? 'echo' : 'echo empty'} role="status">
      {said && (
        <>
          {said.error !== null ? <Shape priority="high" filled /> : <Tick />}
          <span class="words">
            <b>{words}</b>
            {said.atS !== null && <span>{`at ${rackTime(said.atS)} of the rack’s clock`}</span>}
            {said.error !== null && <span>{said.column === null ? said.error : `column ${said.column}: ${said.error}`}</span>}
          </span>
          {said.error !== null && <button type="button" class="button" onClick={() => (echo.value = null)}>Close</button>}
        </>
      )}
    </div>
  );
}
