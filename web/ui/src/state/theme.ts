/** Light or dark: follows the system, unless a person has said otherwise. */
import { computed, effect, signal } from '@preact/signals';
import { keep, kept } from './memory';

export type Wish = 'auto' | 'light' | 'dark';
const WISHES: readonly Wish[] = ['auto', 'light', 'dark'];

const system = window.matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
const stored = kept('theme');
export const wish = signal<Wish>(WISHES.find((one) => one === stored) ?? 'auto');
export const theme = computed(() => (wish.value === 'auto' ? (systemDark.value ? 'dark' : 'light') : wish.value));

export function nextWish(): void {
  wish.value = WISHES[(WISHES.indexOf(wish.value) + 1) % WISHES.length] ?? 'auto';
  keep('theme', wish.value);
}

export function start(): void {
  system.addEventListener('change', (event) => (systemDark.value = event.matches));
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}
