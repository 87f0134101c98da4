/** The header: which rack, whether it is live, what time it is there. */
import { clock } from '../model/format';
import { lost, picture, silence } from '../state/live';
import { rack } from '../state/site';
import { nextWish, wish } from '../state/theme';
import { Tabs } from './Tabs';

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

const THEME_ICONS = { auto: 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16', light: 'M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2', dark: 'M19 14.5A8 8 0 1 1 9.500 5a6.500 6.500 0 0 0 9.500 9.500z' } as const;

function ThemeSwitch() {
  const now = wish.value;
  return (
    <button class="theme" type="button" onClick={nextWish} aria-label={`Colours: ${now}. Change`} title={`Colours: ${now}`}>
      <svg viewBox="0 0 24 24" aria-hidden="true" class="icon">
        <path d={THEME_ICONS[now]} />
        {now === 'auto' && <path class="half" d="M12 4a8 8 0 0 1 0 16z" />}
      </svg>
    </button>
  );
}

export function Header({ phone }: { phone: boolean }) {
  const now = picture.value;
  return (
    <header>
      <h1>{rack.value?.name ?? 'Rack'}</h1>
      {now?.simulated && <span class="simulated">Simulated</span>}
      {!phone && <Tabs />}
      <span class="status">
        <Live />
        {now && <time class="clock">{clock(now.time)}</time>}
        <ThemeSwitch />
      </span>
    </header>
  );
}
