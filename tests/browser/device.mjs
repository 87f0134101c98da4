// Persons of a test: enrolled at the machine as an owner does it, with a device of another hand than the controller's.
import { execFile } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { BINARY } from './rack.mjs';

const run = promisify(execFile);
const SUITE = 'OCRA-1:HOTP-SHA256-8:QH64';
const QUESTION_BYTES = 128;

/** Enrols somebody at a running controller; the answer is the key of that person's device. */
export async function enrol(data, name, role = 'engineer') {
  const { stdout } = await run(BINARY, ['user', 'add', name, '--role', role, '--data', data]);
  return stdout.trim();
}

/** The response of a key to a challenge (RFC 6287): what the person agrees to is rack, command, challenge and name. */
export function respond(key, { rack, text, challenge }, person) {
  const question = Buffer.alloc(QUESTION_BYTES);
  createHash('sha256').update([rack, text, challenge, person].join('\n')).digest().copy(question);
  const message = Buffer.concat([Buffer.from(`${SUITE}\0`), question]);
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(message).digest();
  const at = mac[mac.length - 1] & 0xf;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 100_000_000).padStart(8, '0');
}
