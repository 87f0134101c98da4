/** The lanes: one quantity each on one shared time axis, with its band and its marks from the settings. */
import { alarmAt } from '../model/alarms';
import type { Alarm, Picture, Priority } from '../model/picture';
import { forecastOf, type Knot } from '../model/foresight';
import { hottestBoard, numberOf, read, type Reading } from '../model/reading';

const BOARDS = [1, 2, 3, 4, 5, 6, 7, 8].map((board) => `rack.board.${board}.temperature`);

export interface Mark {
  at: number;
  words: string;
  style: 'set' | 'warn' | 'limit';
  /** Beyond it the line takes this priority's colour. */
  priority: Priority | null;
}

/** What a lane draws beside its line. */
export interface Frame {
  key: string;
  title: string;
  /** Least range of the scale, in the page's unit; data beyond widen it. */
  range: [number, number];
  band: [number, number] | null;
  marks: Mark[];
  decimals: number;
  unit: string;
}

/** A lane of the controller's points. */
export interface Lane extends Frame {
  /** Its line is the highest of these. */
  points: string[];
  factor: number;
  reading: (picture: Picture, silenceS: number) => Reading;
  alarm: (picture: Picture) => Alarm | null;
  /** What is to come, where the controller tells it. */
  forecast: (picture: Picture, silenceS: number) => Knot[];
}

/** Every point that the lanes need. */
export const LANE_POINTS = ['rack.exhaust.temperature', ...BOARDS, 'it.power', 'blower.a.duty', 'rack.draft.pressure'];

export function lanesOf(setting: (name: string) => number | null, ratedW: number | null): Lane[] {
  const mark = (name: string, words: string, style: Mark['style'], priority: Priority | null): Mark[] => {
    const at = setting(name);
    return at === null ? [] : [{ at, words: `${words} ${at}`, style, priority }];
  };
  const lane = (key: string, title: string, rest: Partial<Lane> & Pick<Lane, 'range' | 'unit'>): Lane => ({
    key, title, points: [key], band: null, marks: [], decimals: 1, factor: 1,
    reading: (picture, silenceS) => read(picture, key, silenceS),
    alarm: (picture) => alarmAt(picture, key), forecast: () => [], ...rest,
  });
  const rated = (ratedW ?? 12000) / 1000;
  return [
    lane('rack.exhaust.temperature', 'Exhaust air', {
      unit: '°C', range: [32, 58], band: [(setting('control.exhaust_target') ?? 42) - 8, setting('safety.exhaust_warn') ?? 45],
      marks: [
        ...mark('control.exhaust_target', 'set point', 'set', null),
        ...mark('safety.exhaust_warn', 'warning', 'warn', 'low'),
        ...mark('safety.exhaust_high', 'high', 'warn', 'high'),
        ...mark('safety.exhaust_trip', 'limit', 'limit', 'critical'),
      ],
      forecast: forecastOf,
    }),
    lane('boards', 'Hottest board', {
      unit: '°C', range: [20, 100], band: [20, 80], points: BOARDS, decimals: 0,
      reading: (picture, silenceS) => hottestBoard(picture, silenceS).reading,
      alarm: (picture) => alarmAt(picture, `rack.board.${hottestBoard(picture).board}.temperature`),
    }),
    lane('it.power', 'IT power', {
      unit: 'kW', factor: 0.001, range: [0, (rated * 7) / 6],
      marks: ratedW === null ? [] : [{ at: rated, words: `rated ${rated}`, style: 'limit', priority: null }],
    }),
    lane('blower.a.duty', 'Blower', { unit: '%', range: [0, 105], band: [setting('control.minimum_speed') ?? 20, 85], decimals: 0, alarm: (picture) => alarmAt(picture, 'blower.a.speed') }),
    lane('rack.draft.pressure', 'Draft in the rack', { unit: 'Pa', range: [-40, 0], band: [-30, -5] }),
  ];
}

/** The figure that the page shows for a lane now, in its unit. */
export const now = (lane: Lane, picture: Picture): number | null => {
  const value = numberOf(lane.reading(picture, 0));
  return value === null ? null : value * lane.factor;
};
