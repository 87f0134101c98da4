/** Fire protection: smoke, extinguishers, break-wires. There is no release and no place for one. */
import { alarmAt } from '../model/alarms';
import { withUnit } from '../model/format';
import type { Alarm, Picture } from '../model/picture';
import { numberOf, read, stateOf, type Reading } from '../model/reading';
import { extinguisherWords, loopWords, pair, smokeWords } from '../model/words';
import { picture, valueSilence } from '../state/live';
import { Card, Line } from './Card';
import { StateValue } from './StateValue';

interface Pair {
  /** "Smoke" becomes "Smoke A and B", or "Smoke A" and "Smoke B" when they differ. */
  name: string;
  points: [string, string];
  words: (state: string | null) => string;
}

const PAIRS: readonly Pair[] = [
  { name: 'Smoke', points: ['smoke.a', 'smoke.b'], words: smokeWords },
  { name: 'Extinguisher', points: ['extinguisher.left.state', 'extinguisher.right.state'], words: extinguisherWords },
  { name: 'Break-wire', points: ['extinguisher.left.break_wire', 'extinguisher.right.break_wire'], words: loopWords },
];

function PairLines({ now, of, silenceS }: { now: Picture; of: Pair; silenceS: number }) {
  const { same, readings } = pair(now, ...of.points, silenceS);
  const line = (name: string, reading: Reading, alarm: Alarm | null) =>
    reading.kind === 'unfitted' ? null : (
      <Line name={name}><StateValue reading={reading} words={of.words(stateOf(reading))} alarm={alarm} /></Line>
    );
  if (same) return line(`${of.name} A and B`, readings[0], alarmAt(now, ...of.points));
  return (
    <>
      {line(`${of.name} A`, readings[0], alarmAt(now, of.points[0]))}
      {line(`${of.name} B`, readings[1], alarmAt(now, of.points[1]))}
    </>
  );
}

/** All of it in one word, for where there is no room for lines. */
function allSound(now: Picture, silenceS: number): boolean {
  return PAIRS.every((of) =>
    of.points.every((name) => {
      const reading = read(now, name, silenceS);
      return reading.kind === 'unfitted' || reading.kind === 'value' && (reading.state === 'normal' || reading.state === 'armed');
    }),
  );
}

export function FireCard({ brief }: { brief: boolean }) {
  const now = picture.value;
  if (!now) return null;
  const silenceS = valueSilence.value;
  if (brief && allSound(now, silenceS)) {
    return (
      <section class="card fire brief" aria-label="Fire protection">
        <dl><Line name="Fire protection">Clear, armed</Line></dl>
      </section>
    );
  }
  const heat = read(now, 'heat.unexplained', silenceS);
  const watts = numberOf(heat);
  return (
    <Card title="Fire protection" className="fire">
      <dl>
        {PAIRS.map((of) => <PairLines key={of.name} now={now} of={of} silenceS={silenceS} />)}
        {heat.kind !== 'unfitted' && (
          <Line name="Unexplained heat"><StateValue reading={heat} words={watts === null ? '' : withUnit(watts, 'W')} alarm={alarmAt(now, 'heat.unexplained')} /></Line>
        )}
      </dl>
    </Card>
  );
}
