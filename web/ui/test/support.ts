/** Small pictures for tests. */
import type { Alarm, JournalEntry, Picture, Point, Priority, TierClients } from '../src/model/picture';

export const point = (value: number | null, unit: string): Point => ({ value, unit, quality: 'simulated', age_s: 0 });
export const state = (name: string): Point => ({ value: 0, state: name, unit: '', quality: 'simulated', age_s: 0 });

/** No client of a tier at the NUT server. */
export const NOBODY: TierClients = { logged_in: 0, unnamed: 0, not_logged_in: 0, unnamed_from: [], not_logged_in_from: [] };

export const alarm = (name: string, priority: Priority, rest: Partial<Alarm> = {}): Alarm => ({
  name, number: 0, priority, active: true, process: 'active', acknowledged: false, display: 'shown', group: 'cooling', chattering: false, folded: false, shelve_max_min: 0, text: name, consequence: '', action: '', since_s: 1, points: [], follows: null, ...rest,
});

export const picture = (rest: Partial<Picture> = {}): Picture => ({
  tick: 1, time: 1_700_000_000, simulated: true, regime: 'normal', points: {}, alarms: [], alarms_hidden: [], first_out: [], flood: null, interlocks: [], effects: [], latches: [],
  fan: { drive: 50, contact_open: false }, outputs: {}, hold: null, extinguishers: {}, overrides: [], out_of_service: [], hosts: [], tiers: [], outlets: [], ...rest,
});

export const entry = (sequence: number, time: number, kind: JournalEntry['kind'], name: string, on = true): JournalEntry => ({ sequence, time, kind, name, on, text: name, priority: 'high' });
