/** What is seen of a host: each way of looking in words, what is missing, and where two of them contradict each other. */
import { timeWords } from './format';
import type { Evidence, HostAgent, HostRow } from './picture';

/** How a way stands: it says off, it says that the host runs, it says that it begins to stop, or it says nothing that counts. */
export type Stand = 'off' | 'runs' | 'stopping' | 'nothing';

export interface Sight {
  way: string;
  stand: Stand;
  /** It is one of the two that prove the host off. */
  proves: boolean;
  words: string;
}

export interface Seen {
  /** One line for a host at rest of which nothing is contradicted, empty where nobody looks at it; null where every way has a line of its own. */
  quiet: string | null;
  sights: Sight[];
  /** Two ways contradict each other. */
  verdict: string | null;
}

const NAMES: Record<string, string> = { nut: 'upsmon', agent: 'agent', tcp: 'port', icmp: 'echo', bmc: 'controller', power: 'power' };
const SAYS: Record<string, Record<Evidence['says'], string>> = {
  nut: { runs: 'logged in', stopping: 'logged out', off: 'logged out', 'forced off': 'logged out' },
  agent: { runs: 'runs', stopping: 'stopping', off: 'silent after its farewell', 'forced off': 'forced off' },
  tcp: { runs: 'answers', stopping: 'stopping', off: 'silent', 'forced off': 'forced off' },
  icmp: { runs: 'answers', stopping: 'stopping', off: 'silent', 'forced off': 'forced off' },
  bmc: { runs: 'says on', stopping: 'says it stops', off: 'says off', 'forced off': 'forced off' },
  power: { runs: 'drawn', stopping: 'falling', off: 'none drawn', 'forced off': 'cut' },
};
const COUNTS = ['None', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'];

export const wayName = (way: string): string => NAMES[way] ?? way;
const ago = (ageS: number): string => `${timeWords(Math.round(ageS))} ago`;
const standOf = (one: Evidence): Stand => (!one.counts ? 'nothing' : one.says === 'runs' ? 'runs' : one.says === 'stopping' ? 'stopping' : 'off');

function sightOf(way: string, one: Evidence | undefined, proves: boolean): Sight {
  if (!one) return { way, stand: 'nothing', proves, words: `${wayName(way)}: nothing seen` };
  const said = `${SAYS[way]?.[one.says] ?? one.says}, ${ago(one.age_s)}`;
  return { way, stand: standOf(one), proves, words: one.counts ? `${wayName(way)}: ${said}` : `${wayName(way)}: nothing that counts (${said})` };
}

/** What is seen of a host. `rest`: nothing is asked of it. */
export function seenOf(row: HostRow, rest: boolean): Seen {
  const proofs = row.off_by ?? [];
  const others = row.evidence.filter((one) => !proofs.includes(one.way) && one.counts).map((one) => one.way);
  const sights = [...proofs, ...others].map((way) => sightOf(way, row.evidence.find((one) => one.way === way), proofs.includes(way)));
  const [off, runs] = [sights.filter((one) => one.stand === 'off'), sights.filter((one) => one.stand === 'runs')];
  const verdict = off.length === 0 || runs.length === 0 ? null : `${COUNTS[off.length] ?? off.length} for, ${(COUNTS[runs.length] ?? `${runs.length}`).toLowerCase()} against: not proven off`;
  const calm = rest && verdict === null && off.length === 0 && sights.every((one) => one.stand !== 'stopping');
  return { quiet: calm ? quietWords(sights) : null, sights, verdict };
}

/** "Seen by agent, port; nothing from controller": what is missing of the proof is never left out. */
function quietWords(sights: readonly Sight[]): string {
  const seen = sights.filter((one) => one.stand === 'runs').map((one) => wayName(one.way));
  const missing = sights.filter((one) => one.stand === 'nothing' && one.proves).map((one) => wayName(one.way));
  const parts = [seen.length === 0 ? '' : `Seen by ${seen.join(', ')}`, missing.length === 0 ? '' : `nothing from ${missing.join(', ')}`].filter((part) => part !== '');
  const text = parts.join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether part of a host's proof is missing. */
export const lacksProof = (seen: Seen): boolean => seen.sights.some((one) => one.proves && one.stand === 'nothing');

const DOING: Record<string, string> = { running: 'runs', capped: 'limits its power', draining: 'drains', drained: 'has drained', stopping: 'stops' };

/** What a host's agent says of itself, in short lines; none where none has spoken. */
export function agentWords(agent: HostAgent | null | undefined): string[] {
  if (!agent) return [];
  const heard = agent.connected ? '' : `, not heard for ${timeWords(agent.heard_s)}`;
  // That it speaks and runs its line of evidence says already.
  const lines = agent.connected && agent.doing === 'running' ? [] : [`Agent: ${DOING[agent.doing] ?? agent.doing}${heard}`];
  if (agent.stop_estimate_s !== null) {
    const units = agent.unit_stop_s !== null && agent.unit_stop_s > agent.stop_estimate_s ? `; its units may take ${timeWords(agent.unit_stop_s)}` : '';
    lines.push(`It needs ${timeWords(agent.stop_estimate_s)} to stop, by its own estimate${units}`);
  }
  if (agent.hold_asked_s !== null) {
    const granted = agent.hold_granted_s === null || agent.hold_granted_s === 0 ? 'refused' : `${timeWords(agent.hold_granted_s)} given`;
    lines.push(`It asked for ${timeWords(agent.hold_asked_s)} more, ${granted}${agent.hold_reason === null || agent.hold_reason === '' ? '' : `: ${agent.hold_reason}`}`);
  }
  if (agent.last_words !== null && agent.last_words !== '' && agent.doing !== 'running') lines.push(`It said: ${agent.last_words}`);
  return lines;
}
