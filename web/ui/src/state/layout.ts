/** The width's class, for what CSS alone cannot do: another drawing and another order on the phone. */
import { signal } from '@preact/signals';

function matches(text: string) {
  const query = window.matchMedia(text);
  const now = signal(query.matches);
  query.addEventListener('change', (event) => (now.value = event.matches));
  return now;
}

/** One column, tabs at the bottom. */
export const phone = matches('(max-width: 47.5em)');
/** Too narrow for the drawing with its side labels: the nearer view, whose words stay legible. */
export const narrow = matches('(max-width: 73.74em)');
