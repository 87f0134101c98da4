/** The rack at one moment, and what there is, as the rig sends them. The shapes are those of the rig's interface. */

export interface Standing {
  act: string;
  arguments: (string | number)[];
}

export interface Departure {
  says: string;
  mend: string;
}

export interface Done {
  sequence: number;
  at_s: number;
  act: string;
}

export interface Waiting {
  until: string;
  act: string;
}

export interface Read {
  point: string;
  value: number | null;
  quality: string;
}

export interface Controller {
  address: string;
  answers: boolean;
  reads: Record<string, Read>;
}

export type Stage = 'waiting' | 'running' | 'pass' | 'fail' | 'skipped' | 'ended' | 'broken';

export interface Job {
  id: number;
  name: string;
  title: string;
  seed: number;
  stage: Stage;
  step: number;
  steps: number;
  at_s: number;
  wall_s: number;
  good: number;
  bad: number;
  why: string;
  report: boolean;
}

export interface Verdict {
  line: number;
  text: string;
  good: boolean;
  began_s: number;
  at_s: number;
  limit_s: number | null;
  found: string;
}

export interface FullJob extends Job {
  line: number;
  text: string;
  verdicts: Verdict[];
}

export type HostState = 'running' | 'booting' | 'stopping' | 'halted' | 'off';

export interface Picture {
  now_s: number;
  truth: Record<string, number>;
  boards_c: number[];
  door_open: boolean;
  filters_in: [boolean, boolean];
  home: [boolean, boolean];
  outputs: Record<string, boolean>;
  hosts: { tier: number; state: HostState }[];
  state: Standing[];
  departures: Departure[];
  waiting: Waiting[];
  done: Done[];
  controller: Controller | null;
  jobs: Job[];
}

export interface Span {
  unit: string;
  low: number;
  high: number;
}

export interface Parameter {
  name: string;
  words: string[];
  number: Span | null;
  omissible: boolean;
  depends: boolean;
}

export interface ActRow {
  name: string;
  about: string;
  parameters: Parameter[];
}

export interface FaultRow {
  name: string;
  about: string;
  amount: Span | null;
  usual: number | null;
}

export interface Problem {
  line: number;
  column: number;
  message: string;
}

export interface Tables {
  version: string;
  socket: string;
  speed: number;
  acts: ActRow[];
  truths: { name: string; unit: string; about: string }[];
  inputs: string[];
  instruments: { name: string; kind: string }[];
  faults: Record<string, FaultRow[]>;
  library: { name: string; title: string; steps: number }[];
  text_max: number;
}
