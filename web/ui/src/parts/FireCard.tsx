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

/** Contacts that speak only when they have something to say. */
const CONTACTS = [
  { point: 'fire.button', name: 'Fire button', set: 'Pressed' },
  { point: 'cut_out.open', name: 'Thermal cut-out', set: 'Open' },
  { point: 'emergency_off', name: 'Emergency power-off', set: 'Pressed' },
] as const;

const SOUND = new Set(['normal', 'armed']);
const isSound = (reading: Reading) => reading.kind === 'unfitted' || (reading.kind === 'value' && SOUND.has(reading.state ?? ''));

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

function ContactLines({ now, silenceS }: { now: Picture; silenceS: number }) {
  return (
    <>
      {CONTACTS.map(({ point, name, set }) => {
        const reading = read(now, point, silenceS);
        if (reading.kind === 'unfitted' || stateOf(reading) === 'no') return null;
        return <Line key={point} name={name}><StateValue reading={reading} words={set} alarm={alarmAt(now, point)} /></Line>;
      })}
    </>
  );
}

/** `brief` where there is little room: what is not sound, and one line for the rest. */
export function FireCard({ brief }: { brief: boolean }) {
  const now = picture.value;
  if (!now) return null;
  const silenceS = valueSilence.value;
  // Without data nothing is unsound: everything is stale, which one line says.
  const smoke = read(now, 'smoke.a', silenceS);
  const unsound = silenceS > 0 ? [] : PAIRS.filter((of) => !of.points.every((name) => isSound(read(now, name, silenceS))));
  if (brief) {
    const rest = unsound.length === 0 ? 'Smoke, extinguishers' : unsound.length === PAIRS.length ? null : 'Everything else';
    return (
      <section class="card fire brief" aria-label="Fire protection">
        <dl>
          {silenceS === 0 && <ContactLines now={now} silenceS={silenceS} />}
          {unsound.map((of) => <PairLines key={of.name} now={now} of={of} silenceS={silenceS} />)}
          {rest !== null && <Line name={rest}><StateValue reading={smoke} words={unsound.length === 0 ? 'Clear, armed' : 'Sound'} alarm={null} /></Line>}
        </dl>
      </section>
    );
  }
  const heat = read(now, 'heat.unexplained', silenceS);
  const watts = numberOf(heat);
  return (
    <Card title="Fire protection" note={<a href="#/safety/inputs">Inputs</a>} className="fire">
      <dl>
        {silenceS === 0 && <ContactLines now={now} silenceS={silenceS} />}
        {PAIRS.map((of) => <PairLines key={of.name} now={now} of={of} silenceS={silenceS} />)}
        {heat.kind !== 'unfitted' && (
          <Line name="Unexplained heat"><StateValue reading={heat} words={watts === null ? '' : withUnit(watts, 'W')} alarm={alarmAt(now, 'heat.unexplained')} /></Line>
        )}
      </dl>
    </Card>
  );
}
