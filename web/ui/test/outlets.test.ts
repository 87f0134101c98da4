/** Outlets: what the site lists, by number, and what each does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmAt, placesOf } from '../src/model/alarms';
import { outletsOf } from '../src/model/outlets';
import { LOST_AFTER_S } from '../src/model/reading';
import { alarm, picture, point, state, NOBODY } from './support';

test('outlets stand by their numbers with what they feed, and all grow old together', () => {
  const now = picture({
    points: { 'outlet.9.on': state('yes'), 'outlet.9.power': point(88.4, 'W'), 'outlet.9.state': state('not obeyed'), 'outlet.4.on': state('no') },
    outlets: [{ number: 9, feeds: 'db-1', switched: true }, { number: 4, feeds: 'network', switched: false }],
  });
  const [kept, cut] = outletsOf(now);
  assert.deepEqual([kept?.number, kept?.onWords, kept?.power, kept?.state], [4, 'Off', '', null]);
  assert.deepEqual([cut?.number, cut?.onWords, cut?.power, cut?.stateWords, cut?.obeyed], [9, 'On', '88\u00a0W', 'Not obeyed', false]);
  assert.equal(outletsOf({ ...now, points: { 'outlet.9.state': state('left alone') } })[1]?.stateWords, 'Left alone');
  assert.equal(outletsOf(now, LOST_AFTER_S)[1]?.on.kind, 'none');
});

test('an alarm about hosts or outlets colours and names those it is about, and no other', () => {
  const points = (kind: string, most: number) => Array.from({ length: most }, (_, place) => `${kind}.${place + 1}.state`);
  const down = alarm('host.not_down', 'critical', { points: points('host', 3) });
  const stays = alarm('host.heard_but_stays', 'critical', { points: points('host', 3) });
  const disobeys = alarm('outlet.not_obeyed', 'critical', { points: points('outlet', 2) });
  const host = (name: string) => ({ name, tier: 'compute', state: 'notified', off_by: null, last_stops_s: [], evidence: [] });
  const now = picture({
    alarms: [down, disobeys],
    hosts: [host('web'), host('db'), host('san')],
    outlets: [{ number: 2, feeds: 'db', switched: true }],
    points: {
      'host.1.state': state('unresponsive'), 'host.2.state': state('notified'), 'host.3.state': state('off, verified'),
      'outlet.1.state': state('cut'), 'outlet.2.state': state('not obeyed'),
    },
  });
  assert.deepEqual([placesOf(now, down), placesOf(now, stays), placesOf(now, disobeys)], [['web'], ['web', 'db'], ['outlet 2 (db)']]);
  assert.deepEqual(placesOf(now, alarm('door.open', 'medium', { points: ['door.open'] })), []);
  const colours = ['host.1.state', 'host.2.state', 'host.3.state', 'outlet.1.state', 'outlet.2.state'].map((name) => alarmAt(now, name)?.name ?? null);
  assert.deepEqual(colours, ['host.not_down', null, null, null, 'outlet.not_obeyed']);
  // One that seems to be down is late once its tier's stage is over, and not before.
  const tier = { name: 'compute', stage: 'shutting down', time_left_s: null, length_s: 30, stop_s: 10, reason: null, on_controller_loss: 'stay', clients: NOBODY };
  const seems = { ...now, tiers: [tier], points: { ...now.points, 'host.2.state': state('down, one observation') } };
  assert.deepEqual(placesOf(seems, down), ['web', 'db']);
  assert.deepEqual(placesOf({ ...seems, points: { ...seems.points, 'tier.1.time_left': point(4, 's') } }, down), ['web']);
});
