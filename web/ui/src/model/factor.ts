/**
 * Who has to stand behind a command: somebody at the key switch, or persons by one-time responses.
 *
 * ```text
 *  confirm --> key switch ----------------------------> sent --> read back, or refused
 *         `--> challenge --> response --> (second) --'            `-- 7, 27, 34: once more, with what was missing
 * ```
 */
import type { Challenge } from './picture';
import type { Refused } from './refusal';

export interface Factor {
  /** Persons who have to respond, where the key switch does not do. */
  persons: 1 | 2;
  /** The key switch at the rack does instead. */
  key: boolean;
}

/** "the key switch at the rack, or a one-time response". */
export function factorWords({ persons, key }: Factor): string {
  const responses = persons === 2 ? 'one-time responses of two persons' : 'a one-time response';
  return key ? `the key switch at the rack, or ${responses}` : responses;
}

/** What can be done about a refusal for want of persons: another try with so many of them. */
export function onceMore(refused: Refused, factor: Factor, persons: 1 | 2): { label: string; persons: 1 | 2 } | null {
  switch (refused.number) {
    case 7:
    case 8:
      return { label: 'With responses', persons: factor.persons };
    case 27:
      return { label: 'With a second person', persons: 2 };
    case 34:
      return { label: 'New challenge', persons };
    default:
      return null;
  }
}

/** The digits of a response as the controller takes them, however they were typed; null where they are none. */
export function digitsOf(typed: string): string | null {
  const digits = typed.replace(/[\s-]/g, '');
  return /^\d{8}$/.test(digits) ? digits : null;
}

/** A challenge as people read it: four by four. */
export const grouped = (challenge: string): string => challenge.replace(/(.{4})(?!$)/g, '$1 ');

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** What works the response out on a person's own machine. */
export function respondLine(challenge: Challenge, person: string): string {
  const { rack, text } = challenge;
  return `rack-controller respond --key KEYFILE --rack ${quoted(rack)} --as ${quoted(person)} ${challenge.challenge} ${quoted(text)}`;
}

/** Two names of one person: the controller looks at no capitals. */
export const isSamePerson = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();
