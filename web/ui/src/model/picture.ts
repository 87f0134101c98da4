/** The picture as the controller sends it: one immutable state of everything. The shapes are those of the API. */

export type Priority = 'critical' | 'high' | 'medium' | 'low';

export interface Point {
  value: number | null;
  /** Name of the state, for points that are states. */
  state?: string;
  unit: string;
  quality: string;
  /** Why there is no value. */
  reason?: string;
  age_s: number;
}

export interface Alarm {
  name: string;
  number: number;
  priority: Priority;
  active: boolean;
  /** "normal" when it is over and nobody has acknowledged it. */
  process: 'normal' | 'active' | 'latched';
  acknowledged: boolean;
  display: 'shown' | 'shelved' | 'by-design' | 'out-of-service';
  group: string;
  chattering: boolean;
  /** The flood counts it in the line of its group. */
  folded: boolean;
  /** Longest time it may be shelved, minutes; 0: never. */
  shelve_max_min: number;
  text: string;
  consequence: string;
  action: string;
  since_s: number;
  /** Points at which it shows. */
  points: string[];
  /** The active alarm that explains this one. */
  follows: string | null;
}

/** An alarm that a person has put aside. */
export interface HiddenAlarm {
  name: string;
  text: string;
  priority: Priority;
  how: 'shelved' | 'once' | 'out-of-service';
  by: string;
  why: string;
  since_s: number;
  /** Until it comes back; null until a person takes it back. */
  left_s: number | null;
  raised: boolean;
}

export interface FirstOut {
  group: string;
  name: string;
  tick: number;
  since_s: number;
}

export interface Interlock {
  code: string;
  title: string;
  active: boolean;
  latched: boolean;
  /** How long it stands and is latched; null where it does not and is not. */
  stands_s: number | null;
  latched_s: number | null;
  /** A person has silenced the horn for it. */
  silenced: boolean;
  /** Effects that it holds in force, and those whose delay runs. */
  holds: string[];
  waits: string[];
}

export interface MatrixAct {
  effect: string;
  code: string;
  /** Name of a setting in seconds, or "10 s". */
  delay: string | null;
  when: string;
}

export interface MatrixRow {
  code: string;
  title: string;
  about: string;
  reason: string;
  latch: string | null;
  acts: MatrixAct[];
}

export interface Matrix {
  causes: MatrixRow[];
  effects: { key: string; title: string; about: string }[];
}

export interface Unit {
  known: boolean;
  serial: string | null;
  installed: string | null;
  fired: boolean;
  expired: boolean;
  removed: boolean;
}

export interface Titled {
  key: string;
  title: string;
}

/** An input that a person has taken out of the judgement for a time. */
export interface Override {
  key: string;
  title: string;
  point: string;
  by: string;
  reason: string;
  left_s: number;
}

/** An input that counts as if the site did not have it. */
export interface OutOfService {
  key: string;
  title: string;
  point: string;
}

/** An input that safety judges, and what persons may do with it: a row of the controller's table. */
export interface Input {
  key: string;
  title: string;
  point: string;
  /** Persons who have to stand behind an override where the key switch is not turned; 0: never overridden. */
  override_persons: 0 | 1 | 2;
  /** Why it is never overridden, where it is not. */
  never: string | null;
  /** The others that vote or witness together with it. */
  vote: string[];
}

/** What persons respond to, for one command, once. */
export interface Challenge {
  challenge: string;
  rack: string;
  text: string;
  valid_s: number;
}

/** What one way of looking says of a host. */
export interface Evidence {
  way: string;
  says: 'runs' | 'stopping' | 'off' | 'forced off';
  age_s: number;
  /** Young enough and of this incident; else it counts as nothing. */
  counts: boolean;
}

/** What a host's agent says of itself. */
export interface HostAgent {
  /** It has said something within its lease. */
  connected: boolean;
  heard_s: number;
  doing: string;
  /** By its own estimate; null: not said. */
  stop_estimate_s: number | null;
  /** Longest stop limit of its units. */
  unit_stop_s: number | null;
  /** Its last request for more time, what it was given of it, and why; null where it made none. */
  hold_asked_s: number | null;
  hold_granted_s: number | null;
  hold_reason: string | null;
  last_words: string | null;
}

/** Clients of a tier at the NUT server. */
export interface TierClients {
  logged_in: number;
  /** Those of them that come from no host that the site names. */
  unnamed: number;
  not_logged_in: number;
  /** Addresses; at most 8. */
  unnamed_from: string[];
  not_logged_in_from: string[];
}

/** A host that the site names. */
export interface HostRow {
  name: string;
  tier: string | null;
  state: string | null;
  /** The two observations that prove it off; null: it is never proven. */
  off_by: string[] | null;
  /** How long its last stops took, the newest first. */
  last_stops_s: number[];
  /** What each way of looking says, of those that have ever said anything. */
  evidence: Evidence[];
  agent?: HostAgent | null;
}

/** A tier of the hosts' shutdown. */
export interface TierRow {
  name: string;
  stage: string | null;
  time_left_s: number | null;
  /** How long its stage lasts at most. */
  length_s: number;
  /** The stop time that it allows for: configured, or the longest that was measured. */
  stop_s: number;
  reason: string | null;
  on_controller_loss: string;
  clients: TierClients;
}

export interface OutletRow {
  /** `outlet.N` among the points. */
  number: number;
  feeds: string;
  switched: boolean;
}

export interface Hold {
  owner: string;
  reason: string;
  speed: number;
  left_s: number;
}

export interface Picture {
  tick: number;
  /** The controller's wall clock, unix seconds. */
  time: number;
  simulated: boolean;
  regime: string | null;
  points: Record<string, Point>;
  /** Raised alarms that nobody has put aside. */
  alarms: Alarm[];
  alarms_hidden: HiddenAlarm[];
  first_out: FirstOut[];
  flood: { since_s: number; folded: number } | null;
  interlocks: Interlock[];
  effects: Titled[];
  latches: Titled[];
  fan: { drive: number; contact_open: boolean };
  outputs: Record<string, boolean>;
  hold: Hold | null;
  /** What is remembered of the extinguishers, `left` and `right`. */
  extinguishers: Record<string, Unit>;
  overrides: Override[];
  /** Inputs that count as if the site did not have them. */
  out_of_service: OutOfService[];
  /** Hosts that the site names: the first one is `host.1`. */
  hosts: HostRow[];
  /** Tiers in the order in which they go down: the first one is `tier.1`. */
  tiers: TierRow[];
  /** Outlets that the site lists. */
  outlets: OutletRow[];
}

export interface Rack {
  name: string;
  version: string;
  simulated: boolean;
  rated_power_w: number;
}

export interface Setting {
  name: string;
  value: number;
  unit: string;
}

export interface JournalEntry {
  sequence: number;
  time: number;
  kind: 'alarm' | 'acknowledge' | 'shelve' | 'service' | 'design' | 'chatter' | 'first' | 'flood' | 'cause' | 'effect' | 'latch' | 'regime' | 'tier' | 'host' | 'outlet' | 'agent' | 'ask' | 'command';
  name: string;
  on: boolean;
  text: string;
  priority?: Priority;
  by?: string;
  why?: string;
}

/** Figures of merit of the alarms. */
export interface AlarmKpi {
  from: number;
  told: number;
  cut: boolean;
  figures: { name: string; about: string; value: number; unit: string; target: number; met: boolean; manageable: boolean }[];
  priorities: { priority: string; count: number; share: number; target: number | null }[];
  top: { name: string; count: number; share: number }[];
}

export interface Series {
  unit: string;
  min: (number | null)[];
  max: (number | null)[];
}

export interface HistoryAnswer {
  from: number;
  to: number;
  step_s: number;
  resolution_s: number;
  points: Record<string, Series>;
}
