/**
 * A command in two steps: what will happen and what is checked; then the verb again; then what was read back.
 * Cancel is left, the verb right. The second step ends by itself.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Picture } from '../model/picture';
import { Shape, Tick } from '../parts/Shape';
import type { Outcome } from '../state/commands';
import { lost } from '../state/live';
import { isName, person, setPerson } from '../state/person';
import { Dialog } from './Dialog';

/** A second tap on the same spot comes sooner than this: it must not confirm. */
const ARMED_MS = 600;
/** The second step ends by itself after this. */
const CONFIRM_S = 30;

export interface Command {
  title: string;
  /** "Confirm: hold blower at 60 %, rack-1". */
  confirm: string;
  /** The verb on the last button. */
  verb: string;
  /** Changes nothing in the rack: one step is enough. */
  single?: boolean;
  /** May be given now, as far as the page can see. */
  ready: boolean;
  /** Why the button is off. */
  waits?: string;
  give: (by: string) => Promise<Outcome>;
  /** What was read back, in words. */
  proof: (picture: Picture, afterS: number) => { title: string; text: string };
}

type Stage = { kind: 'ask' } | { kind: 'confirm' } | { kind: 'sent' } | { kind: 'over'; outcome: Outcome };

function NameField({ name, setName }: { name: string; setName: (name: string) => void }) {
  const wrong = name.trim() !== '' && !isName(name);
  return (
    <label class="field">
      Your name
      <input value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="name" maxLength={40} aria-invalid={wrong} />
      {wrong && <span class="wrong">Letters, digits and . , - _ ' @ + ( ) / only.</span>}
    </label>
  );
}

function Result({ outcome, command, close }: { outcome: Outcome; command: Command; close: () => void }) {
  let words: { title: string; text: string };
  if (outcome.kind === 'done') words = command.proof(outcome.picture, outcome.afterS);
  else if (outcome.kind === 'refused') words = { title: `Not done: ${outcome.refused.reason}`, text: outcome.refused.wayOut };
  else words = { title: 'Not seen', text: 'The controller took it, but no picture shows it yet. Look at the values before you try again.' };
  return (
    <div role="status">
      <p class="result">
        {outcome.kind === 'done' ? <Tick /> : <Shape priority="high" filled />}
        <b>{words.title}</b>
      </p>
      <p>{words.text}</p>
      <div class="buttons"><button type="button" class="button" onClick={close}>Close</button></div>
    </div>
  );
}

export function Steps({ command, close, children }: { command: Command; close: () => void; children?: ComponentChildren }) {
  const [stage, setStage] = useState<Stage>({ kind: 'ask' });
  const [name, setName] = useState(person.value);
  const [left, setLeft] = useState(CONFIRM_S);
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    if (stage.kind !== 'confirm') return undefined;
    setLeft(CONFIRM_S);
    setArmed(false);
    const arming = setTimeout(() => setArmed(true), ARMED_MS);
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => {
      clearTimeout(arming);
      clearInterval(timer);
    };
  }, [stage.kind]);
  useEffect(() => {
    if (left <= 0) close();
  }, [left]);

  const give = () => {
    setPerson(name);
    setStage({ kind: 'sent' });
    void command.give(name.trim()).then((outcome) => setStage({ kind: 'over', outcome }));
  };
  if (stage.kind === 'over') {
    return <Dialog title={command.title} step="over" close={close}><Result outcome={stage.outcome} command={command} close={close} /></Dialog>;
  }
  if (stage.kind === 'sent') {
    return <Dialog title={command.title} step="sent" close={close}><p role="status">Asked. Waiting until it is read back.</p></Dialog>;
  }
  if (stage.kind === 'confirm') {
    return (
      <Dialog title={command.confirm} step="confirm" close={close}>
        <p>{`As ${name.trim()}. Ends by itself in ${Math.max(0, left)}\u00a0s.`}</p>
        <div class="buttons">
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button key="give" type="button" class="button filled" onClick={give} disabled={!armed || lost.value || !command.ready}>{command.verb}</button>
        </div>
      </Dialog>
    );
  }
  const able = command.ready && isName(name) && !lost.value;
  return (
    <Dialog title={command.title} step="ask" close={close}>
      {children}
      <NameField name={name} setName={setName} />
      {!command.ready && command.waits !== undefined && <p class="waits" role="status">{command.waits}</p>}
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Cancel</button>
        {command.single ? (
          <button key="give" type="button" class="button filled" onClick={give} disabled={!able}>{command.verb}</button>
        ) : (
          <button key="continue" type="button" class="button" onClick={() => setStage({ kind: 'confirm' })} disabled={!able}>Continue</button>
        )}
      </div>
    </Dialog>
  );
}

/** A condition: ring with tick when met, empty square and bold while open, with what is missing at the right. */
export function Condition({ met, name, missing }: { met: boolean | null; name: string; missing?: string }) {
  return (
    <li class={met === false ? 'open' : ''}>
      {met === true ? <Tick /> : <i class={met === null ? 'square unknown' : 'square'} />}
      <span>{name}</span>
      {met !== true && missing !== undefined && <span class="missing">{missing}</span>}
      <span class="spoken">{met === true ? 'met' : met === null ? 'checked by the controller' : 'open'}</span>
    </li>
  );
}
