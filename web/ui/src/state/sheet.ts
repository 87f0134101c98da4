/** Which command sheet is open. At most one. */
import { signal } from '@preact/signals';

export type Sheet =
  | { kind: 'acknowledge'; alarm: string; title: string }
  | { kind: 'shelve'; alarm: string; title: string; limitMin: number }
  | { kind: 'bringBack'; alarm: string; title: string; outOfService: boolean }
  | { kind: 'silence' }
  | { kind: 'reset' }
  | { kind: 'input'; input: string }
  | { kind: 'override'; input: string }
  | { kind: 'endOverride'; input: string }
  | { kind: 'outOfService'; input: string }
  | { kind: 'inService'; input: string }
  | { kind: 'replace'; unit: 'left' | 'right' }
  | { kind: 'manual' }
  | { kind: 'automatic' }
  | { kind: 'selfTest' }
  | { kind: 'endSelfTest' }
  | { kind: 'commissioning' }
  | { kind: 'endCommissioning' }
  | { kind: 'holdHosts' }
  | { kind: 'resumeHosts' }
  | { kind: 'abortHosts' }
  | { kind: 'drill' }
  | { kind: 'rehearse' }
  | { kind: 'endDrill' };

export const sheet = signal<Sheet | null>(null);
