// A real controller on its emulated rack: started with free ports, broken through the rig's own command, ended by its id.
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const BINARY = process.env.RACK_CONTROLLER ?? here('../../target/release/rack-controller');
export const RIG = process.env.HIL_RIG ?? join(dirname(BINARY), 'hil-rig');
const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 10_000;

export class Rack {
  /** Starts a rack whose hosts take this power; `more` arguments for the demo. */
  static async start(loadW, more = []) {
    const free = ['web', 'modbus', 'nut'].flatMap((name) => [`--listen-${name}`, '127.0.0.1:0']);
    const child = spawn(BINARY, ['demo', ...free, '--quiet', '--load-w', String(loadW), ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    const rack = new Rack();
    rack.child = child;
    rack.said = [];
    const heard = createInterface({ input: child.stderr });
    heard.on('line', (line) => {
      rack.said.push(line);
      rack.socket ??= /socket is (\S+?);/.exec(line)?.[1];
    });
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`the controller ended:\n${rack.said.join('\n')}`))),
      new Promise((_, reject) => setTimeout(() => reject(new Error('no ready line')), READY_WITHIN_MS).unref()),
    ]);
    const ready = JSON.parse(line);
    rack.url = ready.web;
    rack.nut = ready.nut;
    rack.rigPage = ready.rig_page;
    return rack;
  }

  /** The data directory of a demo that was given none: beside its socket. */
  get data() {
    return join(dirname(this.socket), 'data');
  }

  /** Acts on the emulated rack. */
  async act(...acts) {
    await run(RIG, ['act', '--socket', this.socket, ...acts.map((act) => JSON.stringify(act))]);
  }

  async get(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  snapshot() {
    return this.get('/api/v1/snapshot');
  }

  /**
   * The front's process ids: children of the core, which is the demo's child that runs. A child that is not yet the front
   * is still a copy of the core: stopped there it would hold the core's supervisor, which waits for its start.
   */
  fronts() {
    const core = childrenOf(this.child.pid).find((pid) => commandOf(pid)[1] === 'run');
    return core === undefined ? [] : childrenOf(core).filter((pid) => commandOf(pid)[1] === 'front');
  }

  /** Stops the front, and each that the core starts in its place, until the returned function is called. */
  freezeFronts() {
    const freeze = () => {
      for (const pid of this.fronts()) signal(pid, 'SIGSTOP');
    };
    freeze();
    const timer = setInterval(freeze, 50);
    return () => clearInterval(timer);
  }

  async end() {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_WITHIN_MS);
    await once(this.child, 'exit');
    clearTimeout(timer);
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

function childrenOf(parent) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; the parent is the second field after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
