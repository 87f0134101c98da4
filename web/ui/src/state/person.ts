/** Who gives commands: asked once, kept until the tab is closed. The next person at this screen is asked again. */
import { signal } from '@preact/signals';

const KEY = 'rack.person';

function stored(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export const person = signal(stored());

export function setPerson(name: string): void {
  person.value = name.trim();
  try {
    sessionStorage.setItem(KEY, person.value);
  } catch {
    // Then it is asked again after a reload.
  }
}

/** What the controller takes as a name: letters, digits and what stands in names, at most 40 bytes. */
export function isName(name: string): boolean {
  const text = name.trim();
  return text !== '' && /^[\p{L}\p{N} .,\-_'@+()/:]+$/u.test(text) && new TextEncoder().encode(text).length <= 40;
}
