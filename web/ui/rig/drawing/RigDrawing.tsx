/** The rack in section as it really is: the drawing of the technician's page, fed with the truth. A list says the same. */
import { BoardPlate } from '../../src/drawing/BoardPlate';
import { Blower } from '../../src/drawing/Blower';
import { Handle, Hinges, Plan } from '../../src/drawing/Door';
import { Extinguisher } from '../../src/drawing/Extinguisher';
import { Inflow, Jet, Primary, Rise } from '../../src/drawing/Flow';
import { Filter, Housing, Slits } from '../../src/drawing/Housing';
import { Label, Leader, type Said } from '../../src/drawing/Label';
import { NEAR, NEAR_LEFT, NEAR_RIGHT, WIDE, type Place } from '../../src/drawing/places';
import type { Key } from '../../src/drawing/said';
import { rank } from '../../src/model/alarms';
import { shown } from '../../src/model/format';
import { airOf } from '../model/air';
import { saidOf } from '../model/said';
import type { Picture, Tables } from '../model/picture';
import { lost, silence, wheel } from '../state/live';
import { Fire } from './Fire';

/** A board hotter than this is not as it should be. */
const BOARD_HIGH_C = 80;
/** A filter that resists more than so many times a clean one is drawn as full. */
const FULL = 2;

const SHORT: Partial<Record<Key, string>> = {
  chamber: 'Chamber', airOut: 'Air out', inletLeft: 'Inlet', inletRight: 'Inlet', filterLeft: 'Filter', filterRight: 'Filter',
};

function Labels({ said, near }: { said: Partial<Record<Key, Said>>; near: boolean }) {
  const places: Partial<Record<Key, Place>> = near ? NEAR : WIDE;
  const entries = Object.entries(places) as [Key, Place][];
  return (
    <>
      {!near && entries.map(([key, place]) => said[key] && <Leader key={key} place={place} />)}
      {entries.map(([key, place]) => {
        const label = said[key];
        if (!label) return null;
        if (!near) return <Label key={key} place={place} said={label} />;
        const x = place.side === 'left' ? NEAR_LEFT : NEAR_RIGHT;
        const slim = /^(inlet|filter)/.test(key) && !label.tag && !label.alarm ? { value: String(Math.round(Number(label.value.replace('\u2212', '-')))).replace('-', '\u2212') } : {};
        return <Label key={key} near place={{ ...place, x }} said={{ ...label, name: SHORT[key] ?? label.name, ...slim }} {...(/^(inlet|filter)/.test(key) ? { valueSize: 16 } : {})} />;
      })}
    </>
  );
}

/** How full a filter is: bars behind its pleats, and a colour once it is full. */
function Dust({ side, ratio, full }: { side: 'left' | 'right'; ratio: number; full: boolean }) {
  const share = Math.min(1, Math.log10(Math.max(1, ratio)) / Math.log10(20));
  if (share <= 0.01) return null;
  return <rect class={full ? 'cake full' : 'cake'} x={side === 'left' ? 161 : 475} y={486 - 216 * share} width="4" height={216 * share} />;
}

export function RigDrawing({ picture, tables, near }: { picture: Picture; tables: Tables; near: boolean }) {
  const air = airOf(picture);
  const silenceS = lost.value ? silence.value : 0;
  const said = saidOf(picture, tables, silenceS);
  const at = (name: string) => picture.truth[name] ?? 0;
  const unit = (place: 0 | 1) => (lost.value ? null : at(place === 0 ? 'fired-left' : 'fired-right') === 1 ? 'fired' : picture.home[place] ? 'armed' : 'not home');
  const known = lost.value ? { ...air, blower: 'unknown' as const, flows: false, throughFilters: false, doorOpen: null } : air;
  const words = { runs: 'the blower turns', stopped: 'the blower stands still', locked: 'the blower’s contact is open', unknown: 'nothing is known' }[known.blower];
  const doorColour = !lost.value && picture.door_open ? `p${rank('medium')}` : '';
  const back = at('suction') > 0.5 && !lost.value;
  return (
    <section class={`card drawing truth${back ? ' blows-back' : ''}`} aria-labelledby="drawing-title">
      <div class="title"><h2 id="drawing-title">The rack as it really is, seen from the front</h2></div>
      <div class="box">
        <svg viewBox={near ? '118 0 404 556' : '0 0 640 566'} role="img" aria-label={`Section of the emulated rack: ${words}. All values are in the list that follows.`}>
          <Housing still={!known.flows} />
          {(['left', 'right'] as const).map((side, place) => (
            <g key={side} class={at(`resistance-${side}`) >= FULL && !lost.value ? 'clogged' : ''}>
              <Filter side={side} state={lost.value ? 'unknown' : picture.filters_in[place] ? 'in' : 'missing'} />
              {!lost.value && picture.filters_in[place] && <Dust side={side} ratio={at(`resistance-${side}`)} full={at(`resistance-${side}`) >= FULL} />}
            </g>
          ))}
          <Slits />
          <Jet air={known} />
          <Blower air={known} alarmed={said.blower?.alarm != null} turn={Math.round(wheel.value)} />
          <Primary air={known} />
          <Rise air={known} />
          {picture.boards_c.map((value, k) => (
            <BoardPlate key={k} board={k + 1} name={`board-${k + 1}`} shown={lost.value ? 'STALE' : value} priority={!lost.value && value > BOARD_HIGH_C ? 'high' : null} />
          ))}
          <Inflow air={known} />
          <Extinguisher side="left" state={unit(0)} />
          <Extinguisher side="right" state={unit(1)} />
          <Hinges />
          <Handle open={known.doorOpen} />
          {!lost.value && <Fire picture={picture} />}
          <text class="ceiling" x="320" y="224" text-anchor="middle">{lost.value ? 'STALE' : `${shown(at('ceiling'), '°C')}\u00a0°C`}</text>
          <Labels said={said} near={near} />
          {!near && <Plan open={known.doorOpen} colour={doorColour} />}
        </svg>
      </div>
      {near && (
        <p class="foot-line">
          <span>Room <b>{lost.value ? 'STALE' : `${said.room?.value ?? ''} °C`}</b></span>
          <span>Door <b class={doorColour === '' ? '' : `chip ${doorColour}`}>{said.door?.value.toLowerCase() ?? ''}</b></span>
        </p>
      )}
      <ul class="spoken" aria-label="Values of the drawing">
        {Object.values(said).map((label) => (
          <li key={label.name}>{`${label.name}: ${label.value}${label.unit ? ` ${label.unit}` : ''}${label.sub ? `, ${label.sub}` : ''}${label.alarm ? `. Abnormal: ${label.alarm.text}` : ''}`}</li>
        ))}
      </ul>
    </section>
  );
}
