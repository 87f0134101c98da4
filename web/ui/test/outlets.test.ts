/** Outlets: what the site lists, by number, and what each does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outletsOf } from '../src/model/outlets';
import { LOST_AFTER_S } from '../src/model/reading';
import { picture, point, state } from './support';

test('outlets stand by their numbers with what they feed, and all grow old together', () => {
  const now = picture({
    points: { 'outlet.9.on': state('yes'), 'outlet.9.power': point(88.4, 'W'), 'outlet.9.state': state('not obeyed'), 'outlet.4.on': state('no') },
    outlets: [{ number: 9, feeds: 'db-1', switched: true }, { number: 4, feeds: 'network', switched: false }],
  });
  const [kept, cut] = outletsOf(now);
  assert.deepEqual([kept?.number, kept?.onWords, kept?.power, kept?.state], [4, 'Off', '', null]);
  assert.deepEqual([cut?.number, cut?.onWords, cut?.power, cut?.stateWords, cut?.obeyed], [9, 'On', '88\u00a0W', 'Not obeyed', false]);
  assert.equal(outletsOf(now, LOST_AFTER_S)[1]?.on.kind, 'none');
});
