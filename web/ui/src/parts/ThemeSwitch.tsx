/** Light, dark, or as the system has it. */
import { nextWish, wish } from '../state/theme';

const THEME_ICONS = { auto: 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16', light: 'M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2', dark: 'M19 14.5A8 8 0 1 1 9.500 5a6.500 6.500 0 0 0 9.500 9.500z' } as const;

export function ThemeSwitch() {
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
