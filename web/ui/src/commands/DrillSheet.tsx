/** Starting a full drill of named hosts, in two steps with a reason; and ending it. */
import { useState } from 'preact/hooks';
import { drillable, drillForbids, drillNumber, drillState, drillWords, rehearsalForbids } from '../model/drill';
import { figure, NBSP } from '../model/format';
import { drillHosts, endDrill, rehearseHosts } from '../state/commands';
import { picture } from '../state/live';
import { rack } from '../state/site';
import { isReason, ReasonField } from './Fields';
import { Steps } from './Steps';

const here = () => rack.value?.name ?? 'this rack';
const seen = (afterS: number) => `Seen after ${figure(afterS, 1)}${NBSP}s.`;

export function DrillSheet({ close }: { close: () => void }) {
  const now = picture.value;
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [reason, setReason] = useState('');
  const hosts = now ? drillable(now) : [];
  const forbidden = now ? drillForbids(now) : 'No data.';
  const names = hosts.filter((host) => chosen.includes(host.number)).map((host) => host.row.name);
  const toggle = (number: number, on: boolean) => setChosen(on ? [...chosen, number] : chosen.filter((one) => one !== number));
  const waits = forbidden ?? (names.length === 0 ? 'Choose at least one host.' : 'Give a reason.');
  return (
    <Steps
      close={close}
      command={{
        title: 'Drill of the shutdown',
        confirm: `Confirm: really shut down ${names.join(', ')}, ${here()}`,
        verb: 'Shut down now',
        ready: forbidden === null && names.length > 0 && isReason(reason),
        waits,
        order: (by) => drillHosts(by, reason.trim(), [...chosen].sort((a, b) => a - b)),
        proof: (after, afterS) => ({ title: 'The drill runs', text: `${drillWords(drillState(after))}. ${seen(afterS)}` }),
      }}
    >
      <p>These hosts shut down as in an incident, tier by tier. When they are proven off, or their stage is over, they are started again. Nobody else hears of it.</p>
      <fieldset class="field choices">
        <legend>Hosts</legend>
        {hosts.map((host) => (
          <label key={host.number}>
            <input type="checkbox" checked={chosen.includes(host.number)} onChange={(event) => toggle(host.number, event.currentTarget.checked)} />
            {` ${host.row.name}${host.row.tier === null ? '' : ` (${host.row.tier})`}`}
          </label>
        ))}
      </fieldset>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function RehearseSheet({ close }: { close: () => void }) {
  const now = picture.value;
  const forbidden = now ? rehearsalForbids(now) : 'No data.';
  const [last] = useState(now ? drillNumber(now) : 0);
  return (
    <Steps
      close={close}
      command={{
        title: 'Rehearsal of the shutdown',
        confirm: `Confirm: rehearse the hosts’ shutdown, ${here()}`,
        verb: 'Rehearse now',
        ready: forbidden === null,
        ...(forbidden === null ? {} : { waits: forbidden }),
        order: (by) => rehearseHosts(by, last),
        proof: (_, afterS) => ({ title: 'The rehearsal runs', text: `Its report comes within half a minute. ${seen(afterS)}` }),
      }}
    >
      <p>Every channel to every host is looked at: who is logged in, how often it asks, whether controllers answer, whether a stop could be proven. Agents, and webhooks that know a rehearsal, are asked what they would do. No host does anything, and nothing is switched.</p>
    </Steps>
  );
}

export function EndDrillSheet({ close }: { close: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <Steps
      close={close}
      command={{
        title: 'End the drill',
        confirm: `Confirm: end the drill, ${here()}`,
        verb: 'End now',
        ready: isReason(reason),
        waits: 'Give a reason.',
        order: (by) => endDrill(by, reason.trim()),
        proof: (_, afterS) => ({ title: 'The drill ends', text: `Nobody else is told; who was told goes down and comes back. ${seen(afterS)}` }),
      }}
    >
      <p>No further host is told. Those that were told go down and are started again.</p>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}
