/** The width's class, for what CSS alone cannot do: another drawing and another order on the phone. */
import { signal } from '@preact/signals';

const query = window.matchMedia('(max-width: 47.5em)');
export const phone = signal(query.matches);
query.addEventListener('change', (event) => (phone.value = event.matches));
