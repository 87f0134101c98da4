// A served rig with its page, and a browser's view of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { frames, SIZES, WITHIN_MS } from './look.mjs';
import { RIG } from './rack.mjs';

const READY_WITHIN_MS = 30_000;
export const RIG_TABS = { rack: '.drawing svg', acts: '.found li', scenarios: '.library li', trends: '.chart canvas' };

export class Rig {
  /** Starts a rig whose hosts take this power, on free ports. */
  static async start(loadW) {
    const rig = new Rig();
    rig.child = spawn(RIG, ['serve', '--listen-page', '127.0.0.1:0', '--load-w', String(loadW)], { stdio: ['ignore', 'pipe', 'pipe'] });
    rig.said = '';
    rig.child.stderr.on('data', (data) => (rig.said += data));
    const [line] = await Promise.race([
      once(createInterface({ input: rig.child.stdout }), 'line'),
      once(rig.child, 'exit').then(() => Promise.reject(new Error(`the rig ended: ${rig.said}`))),
      new Promise((_, reject) => setTimeout(() => reject(new Error('no ready line')), READY_WITHIN_MS).unref()),
    ]);
    const ready = JSON.parse(line);
    rig.url = ready.page;
    rig.socket = ready.socket;
    return rig;
  }

  async get(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  picture() {
    return this.get('/api/v1/picture');
  }

  /** An act as any client gives it. */
  async act(text) {
    const answer = await fetch(`${this.url}/api/v1/acts`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-rig-act': '1' }, body: JSON.stringify({ act: text }) });
    if (!answer.ok) throw new Error(`${text}: ${await answer.text()}`);
  }

  /** Stops answering until the returned function is called. */
  freeze() {
    process.kill(this.child.pid, 'SIGSTOP');
    return () => process.kill(this.child.pid, 'SIGCONT');
  }

  async end() {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
  }
}

/** A page of the rig. `faults` gathers what must not be: other origins, errors in the console or the script. */
export async function openRig(browser, rig, size = 'laptop') {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WITHIN_MS);
  const faults = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${rig.url}/`)) faults.push(`request to ${request.url()}`);
  });
  page.on('console', (message) => {
    // What the server refuses is in the console as well; the page shows it and the tests look at that.
    if (message.type() === 'error' && !/status of 400|status of 503/.test(message.text())) faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  await page.goto(`${rig.url}/`);
  await page.waitForSelector('.sentence[data-state]');
  await page.waitForSelector('.controls .control');
  return { page, faults, context, close: () => context.close() };
}

export async function goRig(page, tab) {
  await page.evaluate((key) => (location.hash = `#/${key}`), tab);
  await page.waitForSelector(`nav a[href="#/${tab}"][aria-current="page"]`);
  await page.waitForSelector(RIG_TABS[tab]);
  await frames(page);
}
