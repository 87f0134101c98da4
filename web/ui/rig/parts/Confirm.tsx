/** The second step of what burns, stops or resets something. Cancel is left, the verb right; it ends by itself. */
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../../src/commands/Dialog';
import { confirming } from '../state/act';

/** A second tap on the same spot comes sooner than this: it must not confirm. */
const ARMED_MS = 600;
const ENDS_MS = 30_000;

export function Confirm() {
  const asked = confirming.value;
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    setArmed(false);
    if (!asked) return undefined;
    const arming = setTimeout(() => setArmed(true), ARMED_MS);
    const ending = setTimeout(() => (confirming.value = null), ENDS_MS);
    return () => {
      clearTimeout(arming);
      clearTimeout(ending);
    };
  }, [asked]);
  if (!asked) return null;
  const close = () => (confirming.value = null);
  const go = () => {
    close();
    asked.go();
  };
  return (
    <Dialog title={asked.title} close={close}>
      <p>{asked.about}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Cancel</button>
        <button type="button" class="button filled" disabled={!armed} onClick={go}>{asked.verb}</button>
      </div>
    </Dialog>
  );
}
