/** The hosts' shutdown: the plan tier by tier, what it needs and what there is, and what a person may do about it. */
import { NBSP, figure, timeWords } from './format';
import type { HostRow, JournalEntry, Matrix, Picture, TierClients, TierRow } from './picture';
import { numberOf, read, stateOf, type Reading } from './reading';

/** How a tier stands, as its shape says it: nothing asked, warned, told and running, off, powered off, waiting to come back, coming back, not down in time. */
export type Look = 'rest' | 'warned' | 'runs' | 'off' | 'cut' | 'waits' | 'back' | 'late' | 'unknown';

const LOOKS: Record<string, Look> = {
  normal: 'rest', advisory: 'warned', capped: 'warned', prepare: 'warned', 'shutting down': 'runs', 'power cut': 'cut', 'all off': 'off',
  'cooling down': 'waits', restarting: 'back',
};
export const lookOf = (stage: string | null): Look => (stage === null ? 'unknown' : (LOOKS[stage] ?? 'unknown'));

const STAGES: Record<string, string> = {
  normal: 'Runs', advisory: 'Warned', capped: 'Asked to limit power', prepare: 'Asked to prepare', 'shutting down': 'Shutting down',
  'power cut': 'Power cut', 'all off': 'All off, verified', 'cooling down': 'Down until it is safe', restarting: 'Coming back',
};
export const tierWords = (stage: string | null): string => (stage === null ? '' : (STAGES[stage] ?? stage));

const HOSTS: Record<string, string> = {
  unknown: 'No evidence', online: 'Runs', notified: 'Told to shut down', acknowledged: 'Begins to stop', 'down, one observation': 'Down by one observation',
  'off, verified': 'Verified off', unresponsive: 'Told, not down in time', 'forced off': 'Forced off, not verified', 'coming back': 'Coming back',
};
export const hostWords = (state: string | null): string => (state === null ? '' : (HOSTS[state] ?? state));

const HOST_LOOKS: Record<string, Look> = {
  unknown: 'unknown', online: 'rest', notified: 'warned', acknowledged: 'runs', 'down, one observation': 'waits', 'off, verified': 'off', unresponsive: 'late',
  'forced off': 'cut', 'coming back': 'back',
};
export const hostLook = (state: string | null): Look => (state === null ? 'unknown' : (HOST_LOOKS[state] ?? 'unknown'));

const REASONS: Record<string, string> = {
  'it is the first': 'It is the first.', 'the tiers before are down': 'The tiers before it are down.',
  'the tiers before did not come down in time': 'The tiers before it did not come down in time.',
  'too little time for one after the other': 'Too little time for one after the other.', fire: 'Fire: nobody waits.', 'committed before a restart': 'Told before the controller was restarted.',
};
export const reasonWords = (reason: string | null): string => (reason === null ? '' : (REASONS[reason] ?? ''));

const MODES: Record<string, string> = {
  none: 'No shutdown under way', 'one tier after the other': 'One tier after the other', compressed: 'Compressed: all but the last tier at once', 'all at once': 'All tiers at once: fire',
  'stopped by a person': 'Stopped by a person: tiers that were not told stay up',
};
export const modeWords = (mode: string | null): string => (mode === null ? '' : (MODES[mode] ?? mode));

const WAYS: Record<string, string> = { agent: 'its agent is silent', tcp: 'its port is silent', icmp: 'no echo', bmc: 'its controller says off', power: 'it draws no power' };
/** What proves a host off. */
export function proofWords(offBy: readonly string[] | null): string {
  return offBy === null ? 'Never proven: name two observations' : `Counts as off when ${offBy.map((way) => WAYS[way] ?? way).join(' and ')}`;
}

/** How long its last stops took, the newest first; null before the first one. */
export function stopsWords(stopsS: readonly number[]): string | null {
  const [first] = stopsS;
  if (first === undefined) return null;
  const words = stopsS.map((stopS) => timeWords(Math.ceil(stopS))).join(', ');
  return stopsS.length === 1 ? `Last stop ${words}` : `Last stops ${words}`;
}

/** Who is at the NUT server for a tier: how many, and what is odd about them. `named`: the site names hosts. */
export function clientsWords(clients: TierClients, named: boolean): { quiet: string | null; odd: string[] } {
  const from = (addresses: readonly string[], all: number) => (addresses.length === 0 ? '' : `: ${addresses.join(', ')}${all > addresses.length ? ` and ${all - addresses.length} more` : ''}`);
  const odd: string[] = [];
  if (named && clients.unnamed > 0) odd.push(`Logged in without a name${from(clients.unnamed_from, clients.unnamed)}. The next tier waits for the log-out, and nothing proves it off.`);
  if (clients.not_logged_in > 0) odd.push(`Asks without logging in${from(clients.not_logged_in_from, clients.not_logged_in)}. It obeys, and nobody waits for it.`);
  const quiet = clients.logged_in === 0 ? null : `Logged in by upsmon: ${clients.logged_in}${named ? '' : from(clients.unnamed_from, clients.unnamed).replace(/^: (.*)$/, ' ($1)')}`;
  return { quiet, odd };
}

/** What a host says of itself, where it says anything: its power by its management controller, its hottest chip by its agent. */
export function selfWords(picture: Picture, number: number, silenceS = 0): string | null {
  const [watts, chip] = ['power', 'chip.temperature'].map((what) => numberOf(read(picture, `host.${number}.${what}`, silenceS)));
  const said = [watts == null ? '' : `draws ${figure(watts, 0)}${NBSP}W`, chip == null ? '' : `hottest chip ${figure(chip, 0)}${NBSP}°C`].filter((part) => part !== '');
  const words = said.join(', ');
  return words === '' ? null : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

const LOSS: Record<string, string> = { stay: 'Stays up if the controller is lost', shut_down: 'Shuts down if the controller is lost after asking it to prepare' };
export const lossWords = (policy: string): string => LOSS[policy] ?? policy;

/** Stages of a tier that has been told. */
const TOLD = new Set(['shutting down', 'power cut', 'all off', 'cooling down', 'restarting']);

export interface Tier {
  row: TierRow;
  /** From 1 on. */
  number: number;
  /** Readings of its points: they grow old with the picture. */
  stage: Reading;
  reason: string | null;
  leftS: number | null;
  told: boolean;
  hosts: Host[];
}

export interface Host {
  row: HostRow;
  /** From 1 on, as its points are named. */
  number: number;
  state: Reading;
}

/** The plan as rows, in the order in which tiers go down. */
export function tiersOf(picture: Picture, silenceS = 0): Tier[] {
  const hosts = picture.hosts.map((row, place): Host => ({ row, number: place + 1, state: read(picture, `host.${place + 1}.state`, silenceS) }));
  return picture.tiers.map((row, place) => {
    const name = `tier.${place + 1}`;
    const stage = read(picture, `${name}.stage`, silenceS);
    return {
      row, number: place + 1, stage,
      reason: stateOf(read(picture, `${name}.reason`, silenceS)),
      leftS: numberOf(read(picture, `${name}.time_left`, silenceS)),
      told: TOLD.has(stateOf(stage) ?? ''),
      hosts: hosts.filter((host) => host.row.tier === row.name),
    };
  });
}

/** The interlocks ask for the shutdown now. */
export const isUnderWay = (picture: Picture): boolean => picture.effects.some((effect) => effect.key === 'HOST_DOWN');

const modeOf = (picture: Picture) => stateOf(read(picture, 'shutdown.mode'));
const isStopped = (picture: Picture) => modeOf(picture) === 'stopped by a person';
export const heldS = (picture: Picture): number | null => numberOf(read(picture, 'shutdown.held'));

export interface Step {
  leftS: number;
  /** Two short lines beside the figure. */
  lines: [string, string];
}

/** The order of the shutdown in words, or of the way back. */
export function orderWords(picture: Picture): string {
  const mode = modeOf(picture);
  const stage = stateOf(read(picture, 'shutdown.stage'));
  if (stage === 'cooling down' || stage === 'restarting') return 'Hosts come back, the last tier first, once the rack is cool and the blower proven.';
  if (!isUnderWay(picture) || mode === 'none') return 'Tiers go down in their order, the first one first.';
  return `${modeWords(mode)}.`;
}

/** The next step that nobody can take back, and how long until it comes at the latest; null where none is on its way. */
export function nextStep(picture: Picture): Step | null {
  const steps: Step[] = [];
  const count = numberOf(read(picture, 'shutdown.countdown'));
  if (count !== null) steps.push({ leftS: count, lines: isUnderWay(picture) ? ['until the hosts’', 'power is cut'] : ['until hosts are', 'told to shut down'] });
  const next = tiersOf(picture).find((tier) => !tier.told);
  const nextS = numberOf(read(picture, 'shutdown.next_tier'));
  if (next && nextS !== null) {
    const held = heldS(picture);
    // The controller has counted the hold in: where both end together it is the hold that is waited for.
    steps.push({ leftS: nextS, lines: [held !== null && held >= nextS ? 'held, then tier' : 'at most, then tier', `${next.row.name} is told`] });
  }
  return steps.sort((a, b) => a.leftS - b.leftS)[0] ?? null;
}

/** The cause that asked first for the shutdown of this incident, or of the last one: "C20 Mains lost". */
export function causeWords(picture: Picture, matrix: Matrix | null): string | null {
  const number = numberOf(read(picture, 'shutdown.cause'));
  if (number === null || number === 0) return null;
  const code = `C${String(number).padStart(2, '0')}`;
  const title = (picture.interlocks.find((one) => one.code === code) ?? matrix?.causes.find((one) => one.code === code))?.title;
  return title === undefined ? code : `${code} ${title}`;
}

/** Why hosts go or went down, and how short time was: one line while tiers are told, null otherwise. */
export function becauseWords(picture: Picture, matrix: Matrix | null): string | null {
  const cause = causeWords(picture, matrix);
  if (cause === null || !tiersOf(picture).some((tier) => tier.told)) return null;
  const left = numberOf(read(picture, 'shutdown.chosen.time_left'));
  const need = numberOf(read(picture, 'shutdown.chosen.lead'));
  const mode = modeOf(picture);
  const short = mode === 'compressed' || (left !== null && need !== null && left < need);
  const time = short && left !== null && need !== null && mode !== 'all at once' ? ` Then ${timeWords(left)} were left, and the stages needed ${timeWords(need)}.` : '';
  return `Because of ${cause}.${time}`;
}

/** Why a tier is where it is, once it has been told. */
export function whyWords(tier: Tier): string {
  const stage = stateOf(tier.stage);
  if (!tier.told) return '';
  if (stage === 'restarting') return 'What hosts need has been proven again: they may start.';
  const told = reasonWords(tier.reason);
  const waits = stage === 'cooling down' ? ' It comes back once cooling is proven again, the last tier first.' : '';
  return `${told === '' || stage === 'shutting down' ? told : `Told to shut down: ${told.charAt(0).toLowerCase()}${told.slice(1)}`}${waits}`.trim();
}

export interface Margin {
  needS: number;
  /** Null where nobody can say how much time there is. */
  leftS: number | null;
  /** Both on one scale, percent. */
  bars: [number, number];
  words: string;
}

/** What the stages need against the time there is; null where the plan is not known. */
export function marginOf(picture: Picture, silenceS = 0): Margin | null {
  const needS = numberOf(read(picture, 'shutdown.lead', silenceS));
  if (needS === null) return null;
  const leftS = numberOf(read(picture, 'shutdown.time_left', silenceS));
  const most = Math.max(needS, leftS ?? 0, 1);
  const bars: [number, number] = [(100 * needS) / most, leftS === null ? 0 : (100 * leftS) / most];
  const spare = leftS === null ? null : leftS - needS;
  const words =
    needS === 0 ? 'Every stage is done.'
    : spare === null ? 'No time is running out now.'
    : spare >= 0 ? `${timeWords(spare)} to spare.`
    : `${timeWords(-spare)} too short for one tier after the other.`;
  return { needS, leftS, bars, words };
}

/** One line while tiers are down or on their way, with the time left where no countdown stands beside it; null otherwise. */
export function planLine(picture: Picture, timed = true): string | null {
  const tiers = tiersOf(picture);
  const told = tiers.filter((tier) => tier.told);
  const last = told[told.length - 1];
  if (!last) return null;
  const of = `tier ${last.number} of ${tiers.length}`;
  const stage = stateOf(read(picture, 'shutdown.stage'));
  const held = heldS(picture);
  if (stage === 'power cut') return 'Hosts: power cut';
  if (stage === 'all off') return 'Hosts: all off, verified';
  if (stage === 'cooling down') return `Hosts: ${told.length} of ${tiers.length} tiers down until it is safe`;
  if (stage === 'restarting') return `Hosts: coming back, ${told.filter((tier) => stateOf(tier.stage) !== 'restarting').length} of ${tiers.length} tiers still down`;
  if (isStopped(picture)) return `Hosts: stopped by a person after ${of}`;
  if (held !== null) return `Hosts: ${of} told, the next one held${timed ? ` for ${timeWords(held)}` : ' back'}`;
  const left = Math.max(-1, ...told.map((tier) => tier.leftS ?? -1));
  return `Hosts: ${of} shutting down${left < 0 || !timed ? '' : `, ${timeWords(left)} left`}`;
}

/** Causes of the shutdown that stand now. */
const standing = (picture: Picture) => picture.interlocks.filter((cause) => cause.active && cause.holds.includes('HOST_DOWN'));

export type Act = 'hold' | 'resume' | 'abort';

/** Why an act is not possible, as far as the page can see; null where it is. */
export function forbids(picture: Picture, act: Act): string | null {
  if (!isUnderWay(picture)) return 'No shutdown is under way.';
  const mode = modeOf(picture);
  if (act === 'resume') return heldS(picture) === null && !isStopped(picture) ? 'Nothing is held back.' : null;
  if (mode === 'all at once') return 'Fire: nobody waits for anybody.';
  if (tiersOf(picture).every((tier) => tier.told)) return 'Every tier has been told: nothing is left to hold back.';
  if (mode === 'compressed' && act === 'hold') return `No time${NBSP}for it: the stages need all that is left.`;
  if (isStopped(picture)) return 'It is stopped already.';
  const [cause] = standing(picture);
  if (act === 'abort' && cause) return `${cause.code} ${cause.title} stands: remove it first.`;
  return null;
}

/** When a tier or host came to where it is, Unix seconds, by the journal (newest first). */
export function sinceOf(journal: readonly JournalEntry[] | null, name: string): number | null {
  return journal?.find((entry) => entry.name === name && (entry.kind === 'tier' || entry.kind === 'host'))?.time ?? null;
}

/** A quoted word of a command as the journal writes it: `by="mara"`. */
function quoted(text: string, key: string): string | null {
  const found = new RegExp(` ${key}="((?:[^"\\\\]|\\\\.)*)"`).exec(text)?.[1];
  return found === undefined ? null : found.replace(/\\(["'\\])/g, '$1');
}

function signed(entry: JournalEntry): string | null {
  const [by, reason] = [quoted(entry.text, 'by'), quoted(entry.text, 'reason')];
  return by === null ? null : reason === null ? by : `${by}: ${reason}`;
}

/** Who holds or has stopped it, and why. */
export function byWhom(journal: readonly JournalEntry[] | null, command: 'hold_hosts' | 'abort_hosts'): string | null {
  const entry = journal?.find((one) => one.kind === 'command' && one.on && one.name === command);
  return entry ? signed(entry) : null;
}

const ACT_WORDS: Record<string, string> = { hold_hosts: 'Next tier held back', resume_hosts: 'Resumed', abort_hosts: 'Aborted', drill_hosts: 'Drill', rehearse_hosts: 'Rehearsal' };

/** A line of the record in words: a person's act with who and why, everything else as the controller wrote it. */
export function recordWords(entry: JournalEntry): string {
  if (entry.kind !== 'command') return entry.text;
  const act = ACT_WORDS[entry.name] ?? entry.name;
  const who = signed(entry);
  const by = who === null ? '' : ` by ${who}`;
  return entry.on ? `${act}${by}` : `Refused: ${act.charAt(0).toLowerCase()}${act.slice(1)}${by} (${entry.text.replace(/^.*: refused, /, '')})`;
}

/** The record of the incident: tiers, hosts and persons' acts on them, newest first. */
export function recordOf(journal: readonly JournalEntry[] | null, most: number): JournalEntry[] {
  const acts = new Set(['hold_hosts', 'resume_hosts', 'abort_hosts', 'drill_hosts', 'rehearse_hosts']);
  return (journal ?? []).filter((entry) => entry.kind === 'tier' || entry.kind === 'host' || entry.kind === 'outlet' || (entry.kind === 'command' && acts.has(entry.name))).slice(0, most);
}
