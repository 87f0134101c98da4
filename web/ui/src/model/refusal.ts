/** Refusals name the reason and the way out. The numbers are those of the API. */
const WAY_OUT: Record<number, string> = {
  1: 'Choose a value inside the span shown.',
  2: 'Give your name and a reason.',
  3: 'Ask them to give the blower back, or wait until their time is over.',
  4: 'Reset the latch first: see Alarms.',
  5: 'It is over already: nothing to acknowledge.',
  6: 'It was reset already: nothing to do.',
  7: 'Turn the key switch at the rack, then try again within a minute.',
  8: 'Release the key switch, turn it again, then try within a minute.',
  9: 'Remove the cause first: see what still stands.',
  10: 'Wait until the soak time is over; the door stays closed.',
  11: 'Close the door, then try again.',
  12: 'Lock the extinguishers home; replace and enter one that has fired or expired, then try again.',
  13: 'Go through the inspection list and confirm it.',
  14: 'Let the blower run until its speed and draft are seen, then try again.',
  15: 'Wait a moment, then try again.',
  16: 'Read the serial number on the unit that hangs there now.',
  17: 'Take the old unit out and hang the new one in; the controller must see it.',
  18: 'Lock the unit home and plug its wire in, then try again.',
  19: 'Give the day of installation.',
  20: 'Look at the day: not ahead, and not longer ago than the shelf life.',
  21: 'Critical alarms and those of fire, stops and interlocks stay in sight. Remove the cause.',
  22: 'Choose a time up to the limit shown.',
  23: 'Eight at most are put aside at once: bring one back first.',
  24: 'It is back already: nothing to do.',
  25: 'Take it back into service first.',
  26: 'It is in service already: nothing to do.',
};

export interface Refused {
  reason: string;
  wayOut: string;
}

/** Words for an answer that is not "applied". */
export function refusalWords(status: number, body: unknown): Refused {
  const field = (name: string) => (typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined);
  const [reason, number, error] = [field('reason'), field('number'), field('error')];
  if (status === 409 && typeof reason === 'string') {
    return { reason, wayOut: (typeof number === 'number' ? WAY_OUT[number] : undefined) ?? 'Look at the alarms, then try again.' };
  }
  if (status === 0) return { reason: 'the controller does not answer', wayOut: 'Check the network, then look whether it was applied.' };
  const text = typeof error === 'string' ? error : `the controller answers ${status}`;
  return { reason: text, wayOut: status === 503 ? 'Wait a moment, look whether it was applied, then try again.' : 'Correct it, then try again.' };
}
