/**
 * Persons respond: the challenge with its remaining life, what it is for in the controller's own words, and the digits of
 * one person after the other. Whoever responds agrees to these words: their device works the digits out from them.
 */
import { useEffect, useState } from 'preact/hooks';
import { digitsOf, grouped, isSamePerson, respondLine } from '../model/factor';
import { timeWords } from '../model/format';
import type { Challenge } from '../model/picture';
import type { Proofs } from '../state/commands';
import { lost } from '../state/live';
import { isName } from '../state/person';
import { Copy } from './Copy';
import { useArmed } from './Confirm';
import { NameField } from './Fields';

export interface Given {
  challenge: Challenge;
  /** When its time is over, by this page's clock in milliseconds. */
  untilMs: number;
}

/** Seconds that are left, each second anew. */
function useLeft(untilMs: number): number {
  const now = () => Math.max(0, (untilMs - performance.now()) / 1000);
  const [left, setLeft] = useState(now);
  useEffect(() => {
    setLeft(now());
    const timer = setInterval(() => setLeft(now()), 500);
    return () => clearInterval(timer);
  }, [untilMs]);
  return left;
}

function Words({ challenge, person }: { challenge: Challenge; person: string }) {
  return (
    <div class="challenge">
      <p class="small">Challenge</p>
      <p class="number" aria-label={`Challenge ${grouped(challenge.challenge)}`}>{grouped(challenge.challenge)}</p>
      <dl>
        <dt>Rack</dt><dd>{challenge.rack}</dd>
        <dt>Command</dt><dd><code>{challenge.text}</code></dd>
      </dl>
      <div class="copies">
        <Copy text={challenge.challenge} what="Copy challenge" />
        <Copy text={respondLine(challenge, person)} what="Copy command line" />
      </div>
    </div>
  );
}

export function Respond({ given, by, persons, verb, close, send, anew }: {
  given: Given;
  /** The person whose name is on the command: the first who responds. */
  by: string;
  persons: 1 | 2;
  verb: string;
  close: () => void;
  send: (proofs: Proofs) => void;
  /** Asks for another challenge. */
  anew: () => void;
}) {
  const { challenge } = given;
  const left = useLeft(given.untilMs);
  const [first, setFirst] = useState<string | null>(null);
  const [second, setSecond] = useState('');
  const [typed, setTyped] = useState('');
  const armed = useArmed(`${challenge.challenge} ${first}`);
  const isLast = persons === 1 || first !== null;
  const person = first === null ? by : second.trim();
  const digits = digitsOf(typed);
  const same = first !== null && isSamePerson(second, by);
  const over = left <= 0;
  const able = armed && !over && !lost.value && digits !== null && isName(person) && !same;
  const go = (event: Event) => {
    event.preventDefault();
    if (!able || digits === null) return;
    if (!isLast) {
      setFirst(digits);
      setTyped('');
      return;
    }
    const last = { person, digits };
    send({ challenge: challenge.challenge, responses: first === null ? [last] : [{ person: by, digits: first }, last] });
  };
  return (
    <form onSubmit={go}>
      {persons === 2 && <p class="turn" role="status">{first === null ? `1 of 2: ${by} responds.` : '2 of 2: a second person responds to the same challenge.'}</p>}
      <Words challenge={challenge} person={person === '' ? 'NAME' : person} />
      {over ? (
        <p class="waits" role="alert">Its time is over. Nothing was done.</p>
      ) : (
        <p class="life">Taken for <b role="timer" aria-label="Time in which it is taken">{timeWords(left)}</b> more, once.</p>
      )}
      {!over && first !== null && <NameField key="second" name={second} setName={setSecond} label="Second person, as enrolled" />}
      {!over && same && <p class="waits" role="status">{`Another person than ${by}.`}</p>}
      {!over && (
        <label key={first === null ? 'first' : 'last'} class="field">
          {`Response of ${first === null ? by : 'the second person'}, 8 digits`}
          <input class="digits" inputMode="numeric" autocomplete="one-time-code" maxLength={11} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      )}
      <div class="buttons">
        <button type="button" class="button" onClick={close}>Cancel</button>
        {over ? (
          <button key="anew" type="button" class="button" onClick={anew}>New challenge</button>
        ) : (
          <button key={isLast ? 'send' : 'next'} type="submit" class={`button${isLast ? ' filled' : ''}`} disabled={!able}>{isLast ? verb : 'Next person'}</button>
        )}
      </div>
    </form>
  );
}
