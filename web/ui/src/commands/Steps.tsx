/**
 * A command in two steps: what will happen and what is checked; then the verb again; then what was read back.
 * Where the controller wants more than a name, persons' one-time responses come between. Cancel is left, the verb right.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { factorWords, onceMore, type Factor } from '../model/factor';
import type { Picture } from '../model/picture';
import { Shape, Tick } from '../parts/Shape';
import { challengeFor, give, type Order, type Outcome, type Proofs } from '../state/commands';
import { lost } from '../state/live';
import { isName, person, setPerson } from '../state/person';
import { Confirm } from './Confirm';
import { Dialog } from './Dialog';
import { NameField } from './Fields';
import { Respond, type Given } from './Respond';

export interface Command {
  title: string;
  /** "Confirm: hold blower at 60 %, rack-1". */
  confirm: string;
  /** The verb on the last button. */
  verb: string;
  /** Changes nothing in the rack: one step is enough. */
  single?: boolean;
  /** Who has to stand behind it; a name is enough where nothing is said. */
  factor?: Factor;
  /** May be given now, as far as the page can see. */
  ready: boolean;
  /** Why the button is off. */
  waits?: string;
  order: (by: string) => Order;
  /** What was read back, in words. */
  proof: (picture: Picture, afterS: number) => { title: string; text: string };
}

type Stage =
  | { kind: 'ask' }
  | { kind: 'confirm' }
  | { kind: 'asking' }
  | { kind: 'respond'; given: Given }
  | { kind: 'sent' }
  | { kind: 'over'; outcome: Outcome };

function Result({ outcome, command, close, more, again }: {
  outcome: Outcome;
  command: Command;
  close: () => void;
  /** What another try takes, where one makes sense. */
  more: { label: string; persons: 1 | 2 } | null;
  again: (persons: 1 | 2) => void;
}) {
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
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Close</button>
        {more && <button type="button" class="button" disabled={lost.value} onClick={() => again(more.persons)}>{more.label}</button>}
      </div>
    </div>
  );
}

export function Steps({ command, close, children }: { command: Command; close: () => void; children?: ComponentChildren }) {
  const { factor } = command;
  const [stage, setStage] = useState<Stage>({ kind: 'ask' });
  const [name, setName] = useState(person.value);
  const [persons, setPersons] = useState<1 | 2>(factor?.persons ?? 1);
  const by = name.trim();

  const send = (proofs?: Proofs) => {
    setPerson(name);
    setStage({ kind: 'sent' });
    void give(command.order(by), proofs).then((outcome) => setStage({ kind: 'over', outcome }));
  };
  const ask = (count: 1 | 2) => {
    setPerson(name);
    setPersons(count);
    setStage({ kind: 'asking' });
    // Its time began when the controller gave it: not before it was asked.
    const fromMs = performance.now();
    void challengeFor(command.order(by)).then((answer) => {
      if ('refused' in answer) setStage({ kind: 'over', outcome: { kind: 'refused', refused: answer.refused } });
      else setStage({ kind: 'respond', given: { challenge: answer.challenge, untilMs: fromMs + answer.challenge.valid_s * 1000 } });
    });
  };
  switch (stage.kind) {
    case 'over': {
      const { outcome } = stage;
      const more = factor && outcome.kind === 'refused' ? onceMore(outcome.refused, factor, persons) : null;
      return <Dialog title={command.title} step="over" close={close}><Result outcome={outcome} command={command} close={close} more={more} again={ask} /></Dialog>;
    }
    case 'sent':
      return <Dialog title={command.title} step="sent" close={close}><p role="status">Asked. Waiting until it is read back.</p></Dialog>;
    case 'asking':
      return <Dialog title={command.title} step="asking" close={close}><p role="status">Asking for a challenge.</p></Dialog>;
    case 'respond': {
      const { given } = stage;
      return (
        <Dialog title={command.title} step={`respond ${given.challenge.challenge}`} close={close}>
          <Respond key={given.challenge.challenge} given={given} by={by} persons={persons} verb={command.verb} close={close} send={send} anew={() => ask(persons)} />
        </Dialog>
      );
    }
    case 'confirm':
      return (
        <Dialog title={command.confirm} step="confirm" close={close}>
          <Confirm name={by} verb={command.verb} ready={command.ready} factor={factor} close={close} act={() => send()} ask={() => ask(persons)} />
        </Dialog>
      );
    case 'ask':
      break;
  }
  const able = command.ready && isName(name) && !lost.value;
  return (
    <Dialog title={command.title} step="ask" close={close}>
      {children}
      {factor && <p class="factor">{`Needs ${factorWords(factor)}.`}</p>}
      <NameField name={name} setName={setName} label={factor && !factor.key ? 'Your name, as enrolled' : 'Your name'} />
      {!command.ready && command.waits !== undefined && <p class="waits" role="status">{command.waits}</p>}
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Cancel</button>
        {command.single ? (
          <button key="give" type="button" class="button filled" onClick={() => send()} disabled={!able}>{command.verb}</button>
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
