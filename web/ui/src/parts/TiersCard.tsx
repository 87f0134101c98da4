/** Tiers in the order in which they go down: how far each is, why, its time left, and its hosts with what proves them off. */
import { alarmAt } from '../model/alarms';
import { clock, timeWords } from '../model/format';
import { agentWords, lacksProof, seenOf, type Stand } from '../model/evidence';
import { clientsWords, hostLook, hostWords, lookOf, lossWords, proofWords, selfWords, sinceOf, stopsWords, tiersOf, tierWords, whyWords, type Host, type Look, type Tier } from '../model/hosts';
import type { Picture, TierClients } from '../model/picture';
import { stateOf } from '../model/reading';
import { journal } from '../state/journal';
import { picture, valueSilence } from '../state/live';
import { Card } from './Card';
import { PlanShape } from './PlanShape';
import { StateValue } from './StateValue';

function since(name: string): string {
  const at = sinceOf(journal.value, name);
  return at === null ? '' : `since ${clock(at)}`;
}

const SIGHT_LOOKS: Record<Stand, Look> = { off: 'off', runs: 'rest', stopping: 'runs', nothing: 'unknown' };

/** What is seen of a host: one quiet line at rest, else a line a way, those that prove it off first. */
function Sights({ host, rest }: { host: Host; rest: boolean }) {
  const seen = seenOf(host.row, rest);
  if (host.state.kind !== 'value') return null;
  if (seen.quiet === '') return null;
  if (seen.quiet !== null) return <span class={`hint${lacksProof(seen) ? ' missing' : ''}`}>{seen.quiet}</span>;
  return (
    <>
      {seen.sights.length > 0 && (
        <span class="sights">
          {seen.sights.map((one) => (
            <span key={one.way} class={`sight${one.stand === 'nothing' ? ' unseen' : ''}`} data-way={one.way}><PlanShape look={SIGHT_LOOKS[one.stand]} />{one.words}</span>
          ))}
        </span>
      )}
      {seen.verdict !== null && <span class="sight verdict"><PlanShape look="late" />{seen.verdict}</span>}
    </>
  );
}

function HostItem({ now, host }: { now: Picture; host: Host }) {
  const state = stateOf(host.state);
  const told = state !== null && state !== 'unknown' && state !== 'online' ? since(`host.${host.number}`) : '';
  const stops = stopsWords(host.row.last_stops_s);
  const self = selfWords(now, host.number, valueSilence.value);
  const rest = state === null || state === 'unknown' || state === 'online';
  return (
    <li data-host={host.row.name}>
      <PlanShape look={hostLook(state)} />
      <span class="what">
        <b>{host.row.name}</b>
        <span class="state"><StateValue reading={host.state} words={hostWords(state)} alarm={alarmAt(now, `host.${host.number}.state`)} />{told !== '' && <span class="hint">{` ${told}`}</span>}</span>
        <Sights host={host} rest={rest} />
        {self !== null && <span class="hint">{self}</span>}
        {agentWords(host.row.agent).map((line) => <span key={line} class="hint">{line}</span>)}
        <span class={`hint${host.row.off_by === null ? ' missing' : ''}`}>{proofWords(host.row.off_by)}</span>
        {stops !== null && <span class="hint">{stops}</span>}
      </span>
    </li>
  );
}

/** Who is at the NUT server for the tier. */
function Clients({ clients, named }: { clients: TierClients; named: boolean }) {
  if (valueSilence.value > 0) return null;
  const { quiet, odd } = clientsWords(clients, named);
  return (
    <>
      {quiet !== null && <p class="hint clients">{quiet}</p>}
      {odd.map((line) => <p key={line} class="hint missing clients">{line}</p>)}
    </>
  );
}

/** The stage's time left against its length. */
function Left({ tier }: { tier: Tier }) {
  const length = tier.row.length_s;
  if (tier.leftS === null) return <p class="hint stage-left">{`Stage of at most ${timeWords(length)}, for a stop of ${timeWords(tier.row.stop_s)}`}</p>;
  const share = length > 0 ? Math.min(100, (100 * tier.leftS) / length) : 0;
  const words = `${timeWords(tier.leftS)} of ${timeWords(length)} left`;
  return (
    <div class="stage-left">
      <div class="length" role="img" aria-label={words}><i class="there" style={{ width: `${share}%` }} /></div>
      <p class="hint">{words}</p>
    </div>
  );
}

function TierItem({ now, tier, anyHosts }: { now: Picture; tier: Tier; anyHosts: boolean }) {
  const state = stateOf(tier.stage);
  const told = tier.told ? since(`tier.${tier.number}`) : '';
  return (
    <li class={`tier ${lookOf(state)}`} data-tier={tier.row.name} data-stage={state ?? 'none'}>
      <h3><span class="number">{tier.number}</span>{tier.row.name}</h3>
      <p class="stage"><PlanShape look={lookOf(state)} /><StateValue reading={tier.stage} words={tierWords(state)} alarm={alarmAt(now, `tier.${tier.number}.stage`)} /></p>
      {tier.told && <p class="why-told">{[whyWords(tier), told === '' ? '' : `${told.charAt(0).toUpperCase()}${told.slice(1)}.`].filter((part) => part !== '').join(' ')}</p>}
      <Left tier={tier} />
      <p class="hint">{lossWords(tier.row.on_controller_loss)}</p>
      <Clients clients={tier.row.clients} named={anyHosts} />
      {tier.hosts.length > 0 && <ul class="targets">{tier.hosts.map((host) => <HostItem key={host.number} now={now} host={host} />)}</ul>}
      {tier.hosts.length === 0 && <p class="hint nobody">{anyHosts ? 'No host of this tier is named.' : 'Hosts are not named: whoever logs in belongs to it.'}</p>}
    </li>
  );
}

export function TiersCard() {
  const now = picture.value;
  if (!now) return null;
  const tiers = tiersOf(now, valueSilence.value);
  const named = now.hosts.length;
  const note = named === 0 ? 'no host is named' : `${named} ${named === 1 ? 'host' : 'hosts'}`;
  return (
    <Card title="Tiers, the first goes down first" note={note} className="tiers-card">
      {tiers.length === 0 && <p class="nothing">The controller names no tiers.</p>}
      <ol class="tiers">{tiers.map((tier) => <TierItem key={tier.number} now={now} tier={tier} anyHosts={named > 0} />)}</ol>
    </Card>
  );
}
