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
  acknowledged: boolean;
  text: string;
  consequence: string;
  action: string;
  since_s: number;
  /** Points at which it shows. */
  points: string[];
  /** The active alarm that explains this one. */
  follows: string | null;
}

export interface Interlock {
  code: string;
  title: string;
  active: boolean;
  latched: boolean;
}

export interface Titled {
  key: string;
  title: string;
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
  alarms: Alarm[];
  interlocks: Interlock[];
  effects: Titled[];
  latches: Titled[];
  fan: { drive: number; contact_open: boolean };
  outputs: Record<string, boolean>;
  hold: Hold | null;
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
  kind: 'alarm' | 'cause' | 'effect' | 'latch' | 'regime';
  name: string;
  on: boolean;
  text: string;
  priority?: Priority;
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
