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
  27: 'Let a second enrolled person respond to the same challenge, or turn the key switch where that is enough.',
  28: 'What warns of fire and what proves an output stays in sight. A part that cannot become healthy is taken out of service, by two persons.',
  29: 'End that override, or put that input back in service, first: the rest of the vote has to see.',
  30: 'End one of the overrides that stand first.',
  31: 'It is judged again already: nothing to do.',
  32: 'Look at the list: it is as you wanted it already.',
  33: 'Without it the rack would be blind: put another probe of the vote back in service first.',
  34: 'Take a new challenge. Compare rack, command, challenge and name with what the device was told.',
  35: 'An engineer must be enrolled at the controller (rack-controller user add); the name on the command must be among those who respond. Or turn the key switch.',
  36: 'Wait a quarter of an hour, or turn the key switch at the rack.',
  37: 'Reset the latch first: see Alarms.',
  38: 'Look at the disk of the data directory. What gives protection back can be done meanwhile.',
  45: 'Wait until it is over, about two minutes, or give the blower back to automatic.',
  46: 'Wait until the exhaust air is at what control holds; lower the load or the room.',
  47: 'Close the door, end a hold, and see the alarms for what is missing.',
  55: 'Wait until it is over, some three quarters of an hour, or give the blower back to automatic.',
  57: 'Nothing to do: it begins and ends with what asks for it. See Safety.',
  58: 'What has been told goes down. See what each host says.',
  59: 'Remove the cause of the heat; tiers go down as fast as they can.',
  60: 'In a fire hosts go down at once. Step back.',
  56: 'Give the hosts more or less to do, evenly, until the run is over.',
};

export interface Refused {
  reason: string;
  wayOut: string;
  /** The refusal's number; none where the core did not speak. */
  number?: number;
}

/** Words for an answer that is not "applied". */
export function refusalWords(status: number, body: unknown): Refused {
  const field = (name: string) => (typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined);
  const [reason, number, error] = [field('reason'), field('number'), field('error')];
  if (status === 409 && typeof reason === 'string') {
    const known = typeof number === 'number' ? number : undefined;
    const wayOut = (known === undefined ? undefined : WAY_OUT[known]) ?? 'Look at the alarms, then try again.';
    return { reason, wayOut, ...(known === undefined ? {} : { number: known }) };
  }
  if (status === 0) return { reason: 'the controller does not answer', wayOut: 'Check the network, then look whether it was applied.' };
  const text = typeof error === 'string' ? error : `the controller answers ${status}`;
  return { reason: text, wayOut: status === 503 ? 'Wait a moment, look whether it was applied, then try again.' : 'Correct it, then try again.' };
}
