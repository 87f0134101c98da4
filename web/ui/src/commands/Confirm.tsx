/**
 * The second step: the verb again, and by what the person stands behind it. It ends by itself; its last button cannot be
 * hit by the tap that led here.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Factor } from '../model/factor';
import { read, stateOf } from '../model/reading';
import { lost, picture } from '../state/live';

/** A second tap on the same spot comes sooner than this: it must not confirm. */
const ARMED_MS = 600;
/** The second step ends by itself after this. */
const CONFIRM_S = 30;

/** False for the first moments of a step. */
export function useArmed(step: unknown): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    setArmed(false);
    const timer = setTimeout(() => setArmed(true), ARMED_MS);
    return () => clearTimeout(timer);
  }, [step]);
  return armed;
}

/** Key switch or responses: where both do. */
function Choice({ name, factor, turned, byKey, choose }: { name: string; factor: Factor; turned: boolean | null; byKey: boolean; choose: (byKey: boolean) => void }) {
  const state = turned === null ? 'its state is not known' : turned ? 'turned now' : 'not turned now';
  return (
    <fieldset class="how">
      <legend class="spoken">By what you stand behind it</legend>
      <label class="check"><input type="radio" name="factor" checked={byKey} onChange={() => choose(true)} />{`Key switch at the rack: ${state}`}</label>
      <label class="check">
        <input type="radio" name="factor" checked={!byKey} onChange={() => choose(false)} />
        {factor.persons === 2 ? `One-time responses of ${name} and a second person` : `One-time response of ${name}, as enrolled`}
      </label>
    </fieldset>
  );
}

export function Confirm({ name, verb, ready, factor, close, act, ask }: {
  name: string;
  verb: string;
  ready: boolean;
  factor: Factor | undefined;
  close: () => void;
  /** Gives the command. */
  act: () => void;
  /** Asks for a challenge. */
  ask: () => void;
}) {
  const [left, setLeft] = useState(CONFIRM_S);
  const armed = useArmed(null);
  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) close();
  }, [left]);
  const key = picture.value ? read(picture.value, 'key_switch') : null;
  const fitted = key !== null && key.kind !== 'unfitted';
  const state = key && stateOf(key);
  const turned = state === null ? null : state === 'yes';
  // Chosen once: what a button does never changes under a finger.
  const [chosen, choose] = useState(factor !== undefined && factor.key && fitted && turned === true);
  const byKey = factor === undefined || (factor.key && chosen);
  const able = armed && !lost.value && ready;
  return (
    <>
      {factor?.key && fitted && <Choice name={name} factor={factor} turned={turned} byKey={byKey} choose={choose} />}
      <p>{`As ${name}. Ends by itself in ${Math.max(0, left)}\u00a0s.`}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Cancel</button>
        {byKey ? (
          <button key="give" type="button" class="button filled" onClick={act} disabled={!able}>{verb}</button>
        ) : (
          <button key="challenge" type="button" class="button" onClick={ask} disabled={!able}>Get a challenge</button>
        )}
      </div>
    </>
  );
}
