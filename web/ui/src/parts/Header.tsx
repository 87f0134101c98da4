/** The header: which rack, whether it is live, what time it is there. */
import { clock } from '../model/format';
import { lost, picture, silence } from '../state/live';
import { rack } from '../state/site';
import { Bypassed } from './Bypassed';
import { Tabs } from './Tabs';
import { ThemeSwitch } from './ThemeSwitch';

function Live() {
  const now = picture.value;
  if (!now) return <span class="live">No picture yet</span>;
  if (lost.value) return <span class="live"><span class="value tag">{`${Math.floor(silence.value)} s old`}</span></span>;
  return (
    <span class="live">
      <i class="dot" />
      <span class="word">Live,</span>
      {`${silence.value.toFixed(1)}\u00a0s`}
    </span>
  );
}

export function Header({ phone, narrow }: { phone: boolean; narrow: boolean }) {
  const now = picture.value;
  return (
    <header>
      <h1>{rack.value?.name ?? 'Rack'}</h1>
      {now?.simulated && <span class="simulated">Simulated</span>}
      {!phone && <Tabs />}
      {!narrow && <Bypassed className="in-header" />}
      <span class="status">
        <Live />
        {now && <time class="clock">{clock(now.time)}</time>}
        <ThemeSwitch />
      </span>
    </header>
  );
}
