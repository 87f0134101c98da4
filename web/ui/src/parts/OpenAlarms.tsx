/** Open alarms: not acknowledged first, then by priority, then the newest. The list does not move while touched. */
import { useRef, useState } from 'preact/hooks';
import { blinking, countWords, firstWords, fold } from '../model/alarms';
import { clock, lowerFirst, upperFirst } from '../model/format';
import { hold } from '../model/order';
import type { Alarm } from '../model/picture';
import { lost, picture } from '../state/live';
import { sheet } from '../state/sheet';
import { AlarmRow } from './AlarmRow';
import { BentArrow } from './Shape';
import { useAcknowledge } from './useAcknowledge';

/** After the last touch, the list stands still for this long. */
const TOUCHED_MS = 4000;

/** Whether the list is being touched: by finger, pointer or keyboard. */
function useTouched(): { touched: boolean; touch: () => void; release: () => void } {
  const [touched, setTouched] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const release = () => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    setTouched(false);
  };
  const touch = () => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = setTimeout(release, TOUCHED_MS);
    setTouched(true);
  };
  return { touched, touch, release };
}

function Folded({ folded, causes, children }: { folded: Alarm[]; causes: readonly Alarm[]; children: (alarm: Alarm) => preact.JSX.Element }) {
  const [open, setOpen] = useState(false);
  if (folded.length === 0) return null;
  const names = folded.map((alarm, k) => (k === 0 ? alarm.text : lowerFirst(alarm.text))).join(', ');
  const cause = causes.find((alarm) => alarm.name === folded[0]?.follows);
  return (
    <li class="folded">
      <div class="alarm">
        <BentArrow />
        <span class="head">
          <h3>{`${folded.length} follow-on ${folded.length === 1 ? 'alarm' : 'alarms'}`}</h3>
          <span class="state">{names + (cause ? `: follows from “${lowerFirst(cause.text)}”` : '')}</span>
        </span>
        <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Hide' : 'Show'}</button>
      </div>
      {open && <ul class="alarm-list">{folded.map(children)}</ul>}
    </li>
  );
}

/** More at once than a person can read: what is counted, and what is not. */
function FloodBanner({ since, folded }: { since: number; folded: number }) {
  return (
    <div class="card flood" role="status">
      <b>{`Flood of alarms since ${clock(since)}`}</b>
      <p>{`${folded === 0 ? 'No line is' : folded === 1 ? 'One line is' : `${folded} lines are`} counted by group below. Critical alarms and those of fire and stops keep their lines.`}</p>
    </div>
  );
}

/** Alarms of a group that a flood counts in one line. */
function Flooded({ group, members, children }: { group: string; members: Alarm[]; children: (alarm: Alarm) => preact.JSX.Element }) {
  const [open, setOpen] = useState(false);
  return (
    <li class="folded" data-flood={group}>
      <div class="alarm">
        <BentArrow />
        <span class="head">
          <h3>{`${upperFirst(group)}: ${countWords(members)}`}</h3>
          <span class="state">{members.map((alarm, k) => (k === 0 ? alarm.text : lowerFirst(alarm.text))).join(', ')}</span>
        </span>
        <button type="button" class="link" aria-expanded={open} aria-label={`${open ? 'Hide' : 'Show'} ${group}`} onClick={() => setOpen(!open)}>{open ? 'Hide' : 'Show'}</button>
      </div>
      {open && <ul class="alarm-list">{members.map(children)}</ul>}
    </li>
  );
}

/** What can be done about all of them together. There is no acknowledging of all. */
function Commands() {
  const now = picture.value;
  if (!now) return null;
  const horn = now.points['output.horn']?.state === 'yes';
  const latched = now.latches.length > 0;
  if (!horn && !latched) return null;
  return (
    <div class="commands">
      {horn && <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: 'silence' })}>Silence horn</button>}
      {latched && <button type="button" class="button" disabled={lost.value} onClick={() => (sheet.value = { kind: 'reset' })}>{`Reset latches (${now.latches.length})`}</button>}
    </div>
  );
}

export function OpenAlarms() {
  const { acknowledge, busy } = useAcknowledge();
  const { touched, touch, release } = useTouched();
  const before = useRef<Alarm[]>([]);
  const now = picture.value;
  if (!now) return null;
  const { shown: wanted, folded, flooded } = fold(now.alarms);
  const { shown, waiting } = hold(before.current, wanted, touched, (alarm) => alarm.name);
  before.current = shown;
  const raised = new Set(now.alarms.map((alarm) => alarm.name));
  const loud = blinking(now.alarms);
  const row = (alarm: Alarm) => (
    <AlarmRow
      key={alarm.name}
      alarm={alarm}
      now={now}
      gone={!raised.has(alarm.name)}
      first={firstWords(now, alarm)}
      blink={loud.listed === alarm.name}
      busy={busy === alarm.name}
      acknowledge={() => acknowledge(alarm)}
    />
  );
  return (
    <section aria-label="Open alarms" onPointerDown={touch} onPointerMove={touch} onKeyDown={touch}>
      <h2 class="spoken">Open alarms</h2>
      <Commands />
      {waiting > 0 && <button type="button" class="button filled waiting" onClick={release}>{`${waiting} new`}</button>}
      {now.flood && <FloodBanner since={now.time - now.flood.since_s} folded={now.flood.folded} />}
      {shown.length === 0 && folded.length === 0 && flooded.size === 0 && <p class="card nothing">No open alarms.</p>}
      <ul class="alarm-list">
        {shown.map(row)}
        {[...flooded].map(([group, members]) => <Flooded key={group} group={group} members={members}>{row}</Flooded>)}
        <Folded folded={folded} causes={now.alarms}>{row}</Folded>
      </ul>
    </section>
  );
}
