/** The time that runs out. It counts locally between pictures, never upwards by itself, and vanishes with the data. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { countdownOf, runDown, type Countdown as Wanted } from '../model/countdown';
import { countdownWords } from '../model/format';
import type { Picture } from '../model/picture';
import { lost, picture } from '../state/live';

const EVERY_MS = 250;

/** `of` says which time of a picture runs out. */
export function Countdown({ of = countdownOf }: { of?: (picture: Picture) => Wanted | null }) {
  const now = picture.value;
  const wanted = now && !lost.value ? of(now) : null;
  const run = useRef<{ leftS: number; atS: number } | null>(null);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!wanted) {
      run.current = null;
      return undefined;
    }
    const atS = performance.now() / 1000;
    run.current = { leftS: runDown(run.current, wanted.leftS, atS), atS };
    redraw((n) => n + 1);
    return undefined;
  }, [now, wanted === null]);
  useEffect(() => {
    if (!wanted) return undefined;
    const timer = setInterval(() => redraw((n) => n + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, [wanted === null]);
  if (!wanted) return null;
  const left = run.current ? run.current.leftS - (performance.now() / 1000 - run.current.atS) : wanted.leftS;
  const words = countdownWords(left);
  return (
    <div class="countdown" role="timer" aria-label={`${wanted.lines.join(' ')}`}>
      <b>
        {words.figure}
        <span>{`\u00a0${words.unit}`}</span>
      </b>
      <span class="lines">
        <span>{wanted.lines[0]}</span>
        <span>{wanted.lines[1]}</span>
      </span>
    </div>
  );
}
