/**
 * Where labels stand and what their leaders point at. `x` and `y` are the name's baseline; a leader is a thin line
 * from the label's edge to the dot where the value is measured.
 */
export interface Place {
  x: number;
  y: number;
  side: 'left' | 'right';
  dot?: [number, number];
  /** The leader's corners between the label and the dot. */
  leader?: string;
}

/** Edge columns of the wide drawing. */
const LEFT = 6;
const RIGHT = 634;

const left = (y: number, dot?: [number, number], leader?: string): Place => ({ x: LEFT, y, side: 'left', ...(dot && leader ? { dot, leader } : {}) });
const right = (y: number, dot?: [number, number], leader?: string): Place => ({ x: RIGHT, y, side: 'right', ...(dot && leader ? { dot, leader } : {}) });

export const WIDE = {
  blower: left(28, [286, 68], 'M112 43H236L261 68H286'),
  chamber: left(108, [228, 147], 'M112 123H196L228 147'),
  extinguisherLeft: left(190, [186, 211], 'M112 205H178L186 211'),
  inletLeft: left(260, [194, 270], 'M112 275H186L194 270'),
  filterLeft: left(354, [166, 369], 'M112 369H166'),
  wallLeft: left(437, [181, 500], 'M90 452H121V500H181'),
  room: left(512),
  exhaust: right(28, [410, 68], 'M524 43H438L410 68'),
  airOut: right(108, [433, 150], 'M524 123H456L433 150'),
  extinguisherRight: right(190, [454, 211], 'M524 205H462L454 211'),
  inletRight: right(260, [446, 270], 'M524 275H454L446 270'),
  filterRight: right(354, [474, 369], 'M524 369H474'),
  wallRight: right(437, [459, 500], 'M550 452H519V500H459'),
  door: right(496, [466, 512], 'M524 515H486L466 512'),
} as const satisfies Record<string, Place>;

/** The housing of two blowers is wider. */
export const TWO_BLOWERS: Place = left(28, [240, 68], 'M112 43H204L226 68H240');

/** The phone's nearer view has fewer labels and no leaders: they stand beside what they name. */
export const NEAR = {
  blower: left(28),
  chamber: left(118),
  inletLeft: left(236),
  filterLeft: left(510),
  exhaust: right(28),
  airOut: right(118),
  inletRight: right(236),
  filterRight: right(510),
} as const satisfies Record<string, Place>;

export const NEAR_LEFT = 122;
export const NEAR_RIGHT = 518;
