// A whole drill, started on the page: two hosts of two tiers really go down, one after the other, and come back; its course and its
// report stand on the page, and nobody takes it for an incident.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axe, browse, frames, go, open, shot, targets, until } from './look.mjs';
import { Machines } from './machines.mjs';
import { Rack } from './rack.mjs';

const BUILT_IN = fileURLToPath(new URL('../../config/rack.toml', import.meta.url));
/** The board whose outlets have made room for a PDU. */
const SECOND_BOARD = /\n\[\[device\]\]\nname = "outlets-9"\n(?:.+\n)+/;
const NAMES = ['node-1', 'san'];
const DRILL_MS = 75_000;
/** The blower is proven once it has worked for so long. */
const PROVEN_S = 30;

const site = (url) => `
[[tier]]
name = "compute"
signal_s = 2.0
stop_s = 10.0
verify_s = 6.0

[[tier]]
name = "storage"
signal_s = 1.0
stop_s = 8.0
verify_s = 4.0

[[pdu]]
name = "left"
kind = "redfish"
address = "${url}"
user = "rack"
${NAMES.map((name, place) => `
[[host]]
name = "${name}"
tier = "${['compute', 'storage'][place]}"
off_by = ["bmc", "power"]
outlet = ${9 + place}
bmc = { kind = "redfish", address = "${url}", user = "rack", system = "${name}" }

[[outlet]]
number = ${9 + place}
feeds = ["${name}"]
pdu = "left"
id = "${name}"
`).join('')}
[setting]
"safety.mains_delay" = 1.0
`;

/** The tests of this rack, one after the other. */
export const drill = () => describe('a drill of the shutdown', { concurrency: 1 }, () => {
  let directory;
  let machines;
  let rack;
  let browser;
  let seen;
  const card = (text) => seen.page.waitForSelector(`.drill ${text}`, { timeout: DRILL_MS });
  const journal = async () => (await rack.get('/api/v1/journal?limit=200')).entries.reverse();

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'drill-'));
    machines = await Machines.start(NAMES);
    const file = join(directory, 'rack.toml');
    const text = readFileSync(BUILT_IN, 'utf8');
    assert.match(text, SECOND_BOARD);
    writeFileSync(file, text.replace(SECOND_BOARD, '\n') + site(machines.url));
    [rack, browser] = await Promise.all([Rack.start(5_000, ['--config', file]), browse()]);
    machines.stand(rack);
    seen = await open(browser, rack);
    await until('the blower runs', async () => (await rack.snapshot()).points['blower.a.speed'].value > 1000);
    await seen.page.waitForSelector('.sentence[data-priority="none"]');
    // A drill is refused before the blower is proven, half a minute after it runs. One of a host that nobody has named is refused after
    // that too, but for another reason.
    const { time } = await rack.snapshot();
    await until('half a minute has passed', async () => (await rack.snapshot()).time - time > PROVEN_S, DRILL_MS);
    await until('the rack is at rest', async () => {
      const body = JSON.stringify({ command: 'drill_hosts', hosts: [NAMES.length + 1], by: 'nobody', reason: 'is it at rest' });
      const answer = await fetch(`${rack.url}/api/v1/commands`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-rack-command': '1' }, body });
      const text = await answer.text();
      if (!/named in the site/.test(text)) await new Promise((done) => setTimeout(done, 1_000));
      return /named in the site/.test(text) || text;
    }, DRILL_MS);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
    machines?.end();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Fills the sheet and gives the command; what the sheet asks for comes in its order. */
  async function start() {
    const { page } = seen;
    await page.locator('.drill').getByRole('button', { name: 'Drill', exact: true }).click();
    const next = page.getByRole('button', { name: 'Continue' });
    assert.ok(await next.isDisabled(), 'hosts come first');
    for (const name of NAMES) await page.getByLabel(new RegExp(name)).check();
    assert.ok(await next.isDisabled(), 'and a reason');
    await page.getByLabel('Reason').fill('yearly proof');
    await page.getByLabel('Your name').fill('mara');
    await axe(page, 'drill sheet');
    await next.click();
    await page.waitForSelector('text=really shut down node-1, san');
    await page.getByRole('button', { name: 'Shut down now' }).click();
  }

  test('it is started in two steps, with its hosts, a reason and a name', async () => {
    const { page } = seen;
    await go(page, 'hosts');
    for (const name of NAMES) await page.waitForSelector(`[data-host="${name}"]:has-text("Runs")`);
    await start();
    const result = page.locator('.result');
    await result.waitFor();
    assert.match(await result.textContent(), /The drill runs/);
    await page.getByRole('button', { name: 'Close' }).click();
  });

  test('its course is shown while hosts go down one tier after the other', async () => {
    const { page } = seen;
    await card('.plan-title:has-text("Hosts stop")');
    await page.waitForSelector('.drill button:has-text("End the drill")');
    await page.waitForSelector('.tiers [data-host="node-1"]:has-text("Verified off")', { timeout: DRILL_MS });
    await shot(page, 'drill-runs-laptop', { fullPage: true });
    await axe(page, 'drill runs');
    await card('.plan-title:has-text("Hosts come back")');
    assert.ok(machines.hosts.get('node-1').asked.includes('GracefulShutdown'));
    // It is no incident, and nothing is wrong.
    const now = await rack.snapshot();
    assert.deepEqual(now.alarms.filter((alarm) => alarm.active).map((alarm) => alarm.name), []);
    assert.equal(now.points['shutdown.incident'].value, 0);
  });

  test('in the end its report says how long each took, by what it was proven off, and that it is back', async () => {
    const { page } = seen;
    await card('[data-drill="1"] h3:has-text("Drill 1: passed")');
    for (const name of NAMES) await card(`[data-drill="1"] [data-host="${name}"]:has-text("proven by bmc and power"):has-text("back after")`);
    await page.waitForSelector('.drill .plan-title:has-text("No drill runs")');
    await page.waitForSelector('.drill [data-drill="1"] .hint:has-text("by mara: yearly proof")');
    for (const name of NAMES) await page.waitForSelector(`.tiers [data-host="${name}"]:has-text("Runs"):has-text("Last stop")`);
    const [report] = (await rack.get('/api/v1/drills')).drills;
    assert.deepEqual([report.kind, report.result, report.by], ['drill', 'passed', 'mara']);
    assert.ok(report.hosts.every((host) => host.stopped_s > 2 && host.back_s !== null), JSON.stringify(report));
    assert.deepEqual([...machines.hosts.values()].map((host) => [host.on, host.asked]), NAMES.map(() => [true, ['GracefulShutdown', 'On']]));
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width: 320, height: 700 });
      await page.waitForSelector(`html[data-theme="${theme}"]`);
      await frames(page);
      await shot(page, `drill-done-320-${theme}`, { fullPage: true });
      await axe(page, `drill done ${theme}`);
      await targets(page, `drill done ${theme}`);
    }
    assert.deepEqual([seen.faults, machines.fault], [[], undefined]);
  });

  test('the journal has the order in which they went and came', async () => {
    const texts = (await journal()).map((entry) => entry.text);
    const inOrder = ['Host node-1: off, verified', 'Host san: off, verified', 'Host san: online', 'Host node-1: online'];
    let from = texts.findIndex((text) => text.startsWith('drill_hosts') && text.endsWith('applied'));
    assert.ok(from >= 0, JSON.stringify(texts));
    for (const text of inOrder) {
      const place = texts.indexOf(text, from);
      assert.ok(place >= 0, `"${text}" in ${JSON.stringify(texts)}`);
      from = place;
    }
  });

  test('one that hangs in a real shutdown is named by its alarm, which leads to it', async () => {
    const { page } = seen;
    await page.emulateMedia({ colorScheme: 'light' });
    machines.hosts.get('san').hangs = true;
    await rack.act({ line: { line: 'mains', high: false } });
    await go(page, 'alarms');
    const named = page.locator('[data-alarm="host.not_down"] .figures a');
    await named.waitFor({ timeout: DRILL_MS });
    assert.equal(await named.textContent(), 'san');
    for (const [width, height] of [[320, 700], [1240, 800]]) {
      await page.setViewportSize({ width, height });
      await frames(page);
      await shot(page, `host-not-down-alarm-${width}`);
      await axe(page, `host not down ${width}`);
      await targets(page, `host not down ${width}`);
    }
    const alarms = (await rack.snapshot()).alarms.filter((alarm) => alarm.name === 'host.not_down');
    assert.deepEqual(alarms.map((alarm) => alarm.points), [['host.1.state', 'host.2.state']]);
    await named.click();
    await page.waitForSelector('.tiers [data-host="san"] .p1:has-text("not down in time")');
    assert.equal(await page.locator('.tiers [data-host="node-1"] .p1').count(), 0);
    await shot(page, 'host-not-down-hosts');
  });
});
