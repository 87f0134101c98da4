/** The two extinguishers: which one hangs where, how long it lasts, and the way to enter a new one. */
import { alarmAt } from '../model/alarms';
import { extinguisherWords } from '../model/words';
import { read, stateOf } from '../model/reading';
import { exposureWords, lifeWords, type Side } from '../model/unit';
import { lost, picture, valueSilence } from '../state/live';
import { sheet } from '../state/sheet';
import { Card, Line } from './Card';
import { StateValue } from './StateValue';

const LETTERS: Record<Side, string> = { left: 'A, left', right: 'B, right' };

function UnitLines({ side }: { side: Side }) {
  const now = picture.value;
  const unit = now?.extinguishers[side];
  if (!now || !unit) return null;
  const state = read(now, `extinguisher.${side}.state`, valueSilence.value);
  const alarm = alarmAt(now, `extinguisher.${side}.state`);
  return (
    <section class="holder" aria-label={`Extinguisher ${LETTERS[side]}`} data-unit={side}>
      <h3>{`Extinguisher ${LETTERS[side]}`}</h3>
      <dl>
        <Line name="State"><StateValue reading={state} words={extinguisherWords(stateOf(state))} alarm={alarm} /></Line>
        <Line name="Serial number">{unit.known ? (unit.serial ?? 'not entered') : 'record not readable'}</Line>
        <Line name="Installed">{unit.installed ?? 'not known'}</Line>
        <Line name="Shelf life">{lost.value ? 'no data' : lifeWords(now, side)}</Line>
        <Line name="Heat and damp">{lost.value ? 'no data' : exposureWords(now, side)}</Line>
      </dl>
      {unit.removed && <p class="hint">A unit was taken out since. If another one hangs here now, enter it.</p>}
      <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: 'replace', unit: side })}>
        {`Replace ${side === 'left' ? 'A' : 'B'}`}
      </button>
    </section>
  );
}

export function UnitsCard() {
  const now = picture.value;
  if (!now || Object.keys(now.extinguishers).length === 0) return null;
  return (
    <Card title="Extinguishers" className="units">
      <div class="pair">
        <UnitLines side="left" />
        <UnitLines side="right" />
      </div>
    </Card>
  );
}
