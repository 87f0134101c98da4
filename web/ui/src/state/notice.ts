/** One line about a one-step command that was not done; done needs no line, the alarm itself shows it. */
import { signal } from '@preact/signals';

export const notice = signal<string | null>(null);
