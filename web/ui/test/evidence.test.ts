// What is seen of a host, in words: what proves it off, what contradicts, what is missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentWords, lacksProof, seenOf } from '../src/model/evidence';
import type { Evidence, HostAgent } from '../src/model/picture';

const one = (way: string, says: Evidence['says'], age_s = 1, counts = true): Evidence => ({ way, says, age_s, counts });
const host = (off_by: string[] | null, ...evidence: Evidence[]) => ({ name: 'web', tier: null, state: null, off_by, last_stops_s: [], evidence });

test('at rest one quiet line says who sees it, and what of the proof is missing', () => {
  assert.equal(seenOf(host(['tcp', 'agent'], one('agent', 'runs'), one('tcp', 'runs')), true).quiet, 'Seen by port, agent');
  const half = seenOf(host(['bmc', 'agent'], one('agent', 'runs')), true);
  assert.deepEqual([half.quiet, lacksProof(half)], ['Seen by agent; nothing from controller', true]);
  assert.equal(seenOf(host(['bmc', 'tcp']), true).quiet, 'Nothing from controller, port');
  assert.deepEqual([seenOf(host(null), true).quiet, lacksProof(seenOf(host(null), true))], ['', false]);
  assert.equal(seenOf(host(['bmc', 'tcp'], one('nut', 'runs'), one('bmc', 'runs'), one('tcp', 'runs')), true).quiet, 'Seen by controller, port, upsmon');
});

test('in a shutdown each way has its line, those that prove it off first', () => {
  const seen = seenOf(host(['agent', 'tcp'], one('nut', 'stopping', 4), one('agent', 'stopping', 3.2), one('tcp', 'runs')), false);
  assert.deepEqual(seen.sights.map((sight) => sight.words), ['agent: stopping, 3\u00a0s ago', 'port: answers, 1\u00a0s ago', 'upsmon: logged out, 4\u00a0s ago']);
  assert.deepEqual([seen.quiet, seen.verdict], [null, null]);
  const old = seenOf(host(['agent', 'power'], one('agent', 'stopping', 40, false), one('icmp', 'runs', 30, false)), false);
  assert.deepEqual(old.sights.map((sight) => [sight.stand, sight.words]), [['nothing', 'agent: nothing that counts (stopping, 40\u00a0s ago)'], ['nothing', 'power: nothing seen']]);
  assert.ok(lacksProof(old));
});

test('a controller that says off while the host answers: one for, one against, also at rest', () => {
  const lied = host(['bmc', 'tcp'], one('bmc', 'off', 2), one('tcp', 'runs'));
  for (const rest of [true, false]) {
    const seen = seenOf(lied, rest);
    assert.deepEqual([seen.quiet, seen.verdict], [null, 'One for, one against: not proven off']);
    assert.deepEqual(seen.sights.map((sight) => sight.words), ['controller: says off, 2\u00a0s ago', 'port: answers, 1\u00a0s ago']);
  }
  assert.equal(seenOf(host(['bmc', 'tcp'], one('bmc', 'off'), one('tcp', 'runs', 20, false)), false).verdict, null, 'what is old contradicts nothing');
});

test('what an agent says of itself', () => {
  const agent: HostAgent = { connected: true, heard_s: 1, doing: 'running', stop_estimate_s: 90, unit_stop_s: 3600, hold_asked_s: null, hold_granted_s: null, hold_reason: null, last_words: null };
  assert.deepEqual([agentWords(undefined), agentWords(null)], [[], []]);
  const [needs, ...more] = agentWords(agent);
  assert.deepEqual(more, []);
  assert.match(needs ?? '', /^It needs 90.s to stop, by its own estimate; its units may take about.1.h$/);
  const holds = agentWords({ ...agent, connected: false, heard_s: 14, doing: 'draining', unit_stop_s: null, hold_asked_s: 60, hold_granted_s: 0, hold_reason: 'hook 10 needs longer', last_words: 'hook 10: done' });
  assert.deepEqual(holds.slice(0, 1), ['Agent: drains, not heard for 14\u00a0s']);
  assert.deepEqual(holds.slice(2), ['It asked for 60\u00a0s more, refused: hook 10 needs longer', 'It said: hook 10: done']);
});
