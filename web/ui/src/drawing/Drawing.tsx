/** The living drawing: the rack in section, each value where it is measured. A list says the same in words. */
import { airOf, wheelsOf, type Air, type Wheel } from '../model/air';
import { isFollowOn, rank } from '../model/alarms';
import { figure, shown } from '../model/format';
import { numberOf, read, stateOf } from '../model/reading';
import type { Picture } from '../model/picture';
import { lost, picture, valueSilence } from '../state/live';
import { setting } from '../state/site';
import { sheet } from '../state/sheet';
import { Blower } from './Blower';
import { Boards } from './Boards';
import { Handle, Hinges, Plan } from './Door';
import { Extinguisher } from './Extinguisher';
import { Inflow, Jet, Primary, Rise } from './Flow';
import { Filter, Housing, Slits } from './Housing';
import { Label, Leader, type Said } from './Label';
import { NEAR, NEAR_LEFT, NEAR_RIGHT, TWO_BLOWERS, WIDE, type Place } from './places';
import { saidOf, type Key } from './said';

/** Names on the phone, where the nearer view leaves less room. */
const SHORT: Partial<Record<Key, string>> = {
  exhaust: 'Exhaust', chamber: 'Chamber', airOut: 'Air out', inletLeft: 'Inlet', inletRight: 'Inlet', filterLeft: 'Filter', filterRight: 'Filter',
};
/** Gaps beside the rack are narrow. */
const NARROW = new Set<Key>(['inletLeft', 'inletRight', 'filterLeft', 'filterRight']);

const spoken = (wheel: Wheel): string => (wheel === 'unknown' ? 'not known' : wheel);

function summary(air: Air, wheels: [Wheel, Wheel] | null, said: Partial<Record<Key, Said>>): string {
  const blower = wheels ? `Blower A ${spoken(wheels[0])}, blower B ${spoken(wheels[1])}` : { runs: 'The blower runs', stopped: 'The blower is stopped', locked: 'The blower is locked off', unknown: 'The blower’s state is not known' }[air.blower];
  const door = air.doorOpen === null ? 'the door is not known' : air.doorOpen ? 'the door is open' : 'the door is closed';
  const exhaust = said.exhaust ? `, exhaust ${said.exhaust.value} ${said.exhaust.unit ?? ''}` : '';
  return `Section of the rack from the front. ${blower}, ${door}${exhaust}. All values are in the list that follows.`;
}

function Labels({ said, near, two }: { said: Partial<Record<Key, Said>>; near: boolean; two: boolean }) {
  const places: Partial<Record<Key, Place>> = near ? NEAR : two ? { ...WIDE, blower: TWO_BLOWERS } : WIDE;
  const entries = Object.entries(places) as [Key, Place][];
  return (
    <>
      {entries.map(([key, place]) => said[key] && !near && <Leader key={key} place={place} />)}
      {entries.map(([key, place]) => {
        const label = said[key];
        if (!label) return null;
        if (!near) return <Label key={key} place={place} said={label} />;
        const x = place.side === 'left' ? NEAR_LEFT : NEAR_RIGHT;
        return <Label key={key} near place={{ ...place, x }} said={{ ...label, name: SHORT[key] ?? label.name, ...narrow(key, label) }} {...(NARROW.has(key) ? { valueSize: 16 } : {})} />;
      })}
    </>
  );
}

/** In a narrow gap whole degrees and pascals do, and a tag shrinks to its word. */
function narrow(key: Key, said: Said): Partial<Said> {
  if (said.tag) return { value: said.value.replace(/^(STALE|BYPASSED).*/, '$1') };
  if (!NARROW.has(key)) return {};
  const number = Number(said.value.replace('\u2212', '-'));
  return Number.isFinite(number) ? { value: figure(Math.round(number), 0) } : {};
}

function Ceiling({ now, silenceS }: { now: Picture; silenceS: number }) {
  const reading = read(now, 'rack.ceiling.temperature', silenceS);
  if (reading.kind === 'unfitted') return null;
  if (reading.kind === 'none') {
    return <g><rect class="tag-box" x="282" y="207" width="76" height="17" /><text class="tag-text ceiling" x="320" y="220" text-anchor="middle">{reading.tag.replace(/^(STALE|BYPASSED).*/, '$1')}</text></g>;
  }
  return <text class="ceiling" x="320" y="224" text-anchor="middle" data-point="rack.ceiling.temperature">{`${shown(reading.value, '°C')}\u00a0°C`}</text>;
}

function NearFoot({ said }: { said: Partial<Record<Key, Said>> }) {
  const { room, door } = said;
  const doorColour = door?.alarm && !isFollowOn(door.alarm) ? ` chip p${rank(door.alarm.priority)}` : '';
  return (
    <p class="foot-line">
      {room && <span>Room <b class={room.tag ? 'value tag small' : ''}>{room.value}</b>{room.unit ? ` ${room.unit}` : ''}</span>}
      {door && <span>Door <b class={door.tag ? 'value tag small' : `small${doorColour}`}>{door.tag ? door.value : door.value.toLowerCase()}</b></span>}
    </p>
  );
}

export function Drawing({ near }: { near: boolean }) {
  const now = picture.value;
  if (!now) return null;
  const silenceS = valueSilence.value;
  const air = airOf(now, silenceS);
  const wheels = wheelsOf(now, silenceS);
  const said = saidOf(now, air, silenceS, numberOf(read(now, 'control.set_point', silenceS)) ?? setting('control.exhaust_target'));
  const filterState = (side: string) => {
    const state = stateOf(read(now, `filter.${side}.present`, silenceS));
    return state === null ? 'unknown' : state === 'no' ? 'missing' : 'in';
  };
  const unit = (side: string) => read(now, `extinguisher.${side}.state`, silenceS);
  const doorAlarm = said.door?.alarm;
  const doorColour = doorAlarm && !isFollowOn(doorAlarm) ? `p${rank(doorAlarm.priority)}` : '';
  return (
    <section class="card drawing" aria-labelledby="drawing-title">
      <div class="title">
        <h2 id="drawing-title">Section, seen from the front</h2>
        {air.blower !== 'locked' && (
          <button type="button" class="button quiet" disabled={lost.value} onClick={() => (sheet.value = { kind: now.hold ? 'automatic' : 'manual' })}>
            {now.hold ? 'Back to automatic' : 'Hold blower'}
          </button>
        )}
      </div>
      <div class="box">
        <svg viewBox={near ? '118 0 404 556' : '0 0 640 566'} role="img" aria-label={summary(air, wheels, said)}>
          <Housing still={air.blower === 'stopped' || air.blower === 'locked'} />
          <Filter side="left" state={filterState('left')} />
          <Filter side="right" state={filterState('right')} />
          <Slits />
          <Jet air={air} />
          <Blower air={air} wheels={wheels} alarmed={said.blower?.alarm != null && !isFollowOn(said.blower.alarm)} />
          <Primary air={air} />
          <Rise air={air} />
          <Boards picture={now} silenceS={silenceS} />
          <Inflow air={air} />
          {unit('left').kind !== 'unfitted' && <Extinguisher side="left" state={stateOf(unit('left'))} />}
          {unit('right').kind !== 'unfitted' && <Extinguisher side="right" state={stateOf(unit('right'))} />}
          <Hinges />
          <Handle open={air.doorOpen} />
          <Ceiling now={now} silenceS={silenceS} />
          <Labels said={said} near={near} two={wheels !== null} />
          {!near && <Plan open={air.doorOpen} colour={doorColour} />}
        </svg>
      </div>
      {near && <NearFoot said={said} />}
      <ul class="spoken" aria-label="Values of the drawing">
        {Object.values(said).map((label) => (
          <li key={label.name}>{`${label.name}: ${label.value}${label.unit ? ` ${label.unit}` : ''}${label.sub ? `, ${label.sub}` : ''}${label.alarm ? `. Alarm: ${label.alarm.text}` : ''}`}</li>
        ))}
      </ul>
    </section>
  );
}
