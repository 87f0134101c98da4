/** Holding the hosts' shutdown before its next stage, resuming and aborting it: what has been told goes down in any case. */
import { useState } from 'preact/hooks';
import { figure, NBSP, timeWords } from '../model/format';
import { forbids, heldS, tiersOf, type Act } from '../model/hosts';
import { abortHosts, holdHosts, resumeHosts } from '../state/commands';
import { picture } from '../state/live';
import { rack } from '../state/site';
import { isReason, ReasonField } from './Fields';
import { Condition, Steps } from './Steps';

/** The controller takes 1 to 10 minutes. */
const MINUTES = [1, 2, 3, 5, 10];

const here = () => rack.value?.name ?? 'this rack';
const seen = (afterS: number) => `Seen after ${figure(afterS, 1)}${NBSP}s.`;

/** Tiers that would be held, and those that go down whatever is pressed. */
function Who() {
  const now = picture.value;
  if (!now) return null;
  const tiers = tiersOf(now);
  const names = (told: boolean) => tiers.filter((tier) => tier.told === told).map((tier) => tier.row.name).join(', ');
  return (
    <ul class="conditions">
      <Condition met={null} name={`Goes down: ${names(true) || 'none yet'}`} />
      <Condition met={null} name={`Not told yet: ${names(false) || 'none'}`} />
    </ul>
  );
}

/** What forbids it now, in words; the controller has the last word. */
function useForbidden(act: Act): string | null {
  const now = picture.value;
  return now ? forbids(now, act) : 'No data.';
}

export function HoldHostsSheet({ close }: { close: () => void }) {
  const [minutes, setMinutes] = useState(5);
  const [reason, setReason] = useState('');
  const forbidden = useForbidden('hold');
  return (
    <Steps
      close={close}
      command={{
        title: 'Hold the next tier back',
        confirm: `Confirm: hold the next tier back for ${minutes}${NBSP}min, ${here()}`,
        verb: 'Hold now',
        ready: forbidden === null && isReason(reason),
        waits: forbidden ?? 'Give a reason.',
        order: (by) => holdHosts(by, reason.trim(), minutes),
        proof: (after, afterS) => ({ title: 'The next tier is held back', text: `For ${timeWords(heldS(after) ?? 0)}, then it goes on. ${seen(afterS)}` }),
      }}
    >
      <p>What has been told goes down. It ends by itself when the time is over, when time gets short, and in a fire.</p>
      <Who />
      <label class="field">Time
        <select value={String(minutes)} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {MINUTES.map((time) => <option key={time} value={String(time)}>{`${time}${NBSP}min`}</option>)}
        </select>
      </label>
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}

export function ResumeHostsSheet({ close }: { close: () => void }) {
  const forbidden = useForbidden('resume');
  return (
    <Steps
      close={close}
      command={{
        title: 'Resume the shutdown',
        confirm: `Confirm: resume the hosts’ shutdown, ${here()}`,
        verb: 'Resume now',
        ready: forbidden === null,
        ...(forbidden === null ? {} : { waits: forbidden }),
        order: resumeHosts,
        proof: (_, afterS) => ({ title: 'The shutdown goes on', text: `The next tier is told when it is its turn. ${seen(afterS)}` }),
      }}
    >
      <p>The next tier is told as soon as the ones before it are down, or their time is over. That cannot be taken back.</p>
      <Who />
    </Steps>
  );
}

export function AbortHostsSheet({ close }: { close: () => void }) {
  const [reason, setReason] = useState('');
  const forbidden = useForbidden('abort');
  return (
    <Steps
      close={close}
      command={{
        title: 'Abort the shutdown',
        confirm: `Confirm: abort the hosts’ shutdown before its next tier, ${here()}`,
        verb: 'Abort now',
        ready: forbidden === null && isReason(reason),
        waits: forbidden ?? 'Give a reason.',
        order: (by) => abortHosts(by, reason.trim()),
        proof: (_, afterS) => ({ title: 'The shutdown is stopped', text: `Tiers that were not told stay up, unless the danger comes back. ${seen(afterS)}` }),
      }}
    >
      <p>What has been told goes down. Tiers that were not told stay up until a cause of the shutdown stands again. Hosts that are down come back after the reset.</p>
      <Who />
      <ReasonField reason={reason} setReason={setReason} />
    </Steps>
  );
}
