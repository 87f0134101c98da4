// A fire: the page says in words why each effect is in force and how it ends, shows the live matrix, and a unit that has
// fired is replaced from it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere, browse, go, noSideways, open, resize, shot, targets, until } from './look.mjs';
import { Rack } from './rack.mjs';

const NARROWEST = { width: 320, height: 640 };

/** The tests of this rack, one after the other. */
export const fire = () => describe('a fire', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;
  const texts = (selector) => seen.page.locator(selector).allTextContents();
  const look = (cell) => seen.page.locator(`[data-cell="${cell}"]`).first().getAttribute('data-look');

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(5_000), browse()]);
    seen = await open(browser, rack);
    await until('the blower runs', async () => (await rack.snapshot()).points['blower.a.speed'].value > 1000);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  test('nothing is in force, and the whole matrix stands', async () => {
    const { page } = seen;
    await go(page, 'safety');
    const matrix = await rack.get('/api/v1/matrix');
    assert.equal(await page.locator('.matrix tbody tr').count(), matrix.causes.length);
    assert.equal(await page.locator('.matrix thead th').count(), matrix.effects.length + 1);
    assert.equal(await page.locator('[data-cell]').count(), matrix.causes.flatMap((row) => row.acts).length);
    await page.waitForSelector('.why-card:has-text("Nothing is in force")');
    assert.deepEqual([await look('C01/FAN_OFF'), await look('C08/FAN_MAX')], ['off', 'off']);
    await shot(page, 'safety-idle-laptop');
  });

  test('each effect says why it is in force, and what comes says when', async () => {
    const { page } = seen;
    await rack.act({ break_wire: { side: 'left', level: 'alarm' } });
    const fan = page.locator('.reasons [data-effect="FAN_OFF"]');
    await fan.waitFor();
    assert.match(await fan.textContent(), /Fan held off because\s*C01 Extinguisher fired \(stands since \d\d:\d\d:\d\d, latched\)/);
    assert.match(await fan.textContent(), /Ends: when a person with the key or one-time responses resets the latch “fire” \(soak: \d+:\d\d.min left\)\./);
    assert.match((await texts('.coming li'))[0], /^Hosts' power cut in \d+.sbecause: C01 Extinguisher fired$/);
    assert.deepEqual([await look('C01/FAN_OFF'), await look('C01/PDU_OFF'), await look('C01/MAIL')], ['latched', 'waits', 'on']);
    await shot(page, 'safety-fire-laptop');
    const told = new Set(await page.locator('.reasons > li').evaluateAll((rows) => rows.map((row) => row.dataset.effect)));
    assert.deepEqual([...told].sort(), (await rack.snapshot()).effects.map((one) => one.key).sort(), 'every effect in force is explained');
  });

  test('a latched cause that is gone says so', async () => {
    const { page } = seen;
    await rack.act({ break_wire: { side: 'left', level: 'normal' } });
    await page.waitForSelector('.reasons [data-effect="FAN_OFF"]:has-text("(latched; the cause is gone)")');
    await page.waitForSelector('[data-unit="left"]:has-text("Fired")');
  });

  test('on the narrowest phone each effect lists its causes', async () => {
    const { page } = seen;
    await page.setViewportSize(NARROWEST);
    await page.waitForSelector('.matrix-list');
    await page.waitForSelector('.matrix-list details[open] [data-cell="C01/FAN_OFF"][data-look="latched"]:has-text("latched")');
    await shot(page, 'safety-fire-320');
    await page.locator('.matrix-card').scrollIntoViewIfNeeded();
    await shot(page, 'safety-fire-320-matrix');
    await page.locator('.units').scrollIntoViewIfNeeded();
    await shot(page, 'safety-fire-320-units');
    await resize(page, 'phone');
    await targets(page, 'safety');
    await noSideways(page);
    await go(page, 'safety');
  });

  test('a unit that has fired is replaced by another one, with key, in two steps', async () => {
    const { page } = seen;
    await rack.act({ extinguisher_home: { side: 'left', home: false } }, { break_wire: { side: 'left', level: 'open' } });
    await until('it is seen out', async () => (await rack.snapshot()).extinguishers.left.removed);
    await rack.act({ new_extinguisher: { side: 'left' } }, { line: { line: 'key', high: true } });
    await page.getByRole('button', { name: 'Replace A' }).click();
    await page.waitForSelector('.conditions li:not(.open):has-text("Old unit taken out")');
    await page.waitForSelector('.conditions li:has(.tick):has-text("Key switch turned")');
    await page.getByLabel('Serial number').fill('A-2026-17');
    await page.getByLabel('Your name').fill('mara');
    assert.ok(await page.getByRole('button', { name: 'Continue' }).isDisabled(), 'the inspection list comes first');
    await page.getByLabel('Inspection list').check();
    await shot(page, 'replace-laptop');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Enter now' }).click();
    await page.waitForSelector('.result:has-text("The unit is entered")');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.waitForSelector('[data-unit="left"]:has-text("A-2026-17"):has-text("Armed"):has-text("days left")');
    await rack.act({ line: { line: 'key', high: false } });
  });

  test('axe finds nothing in a fire', async () => {
    await axeEverywhere(seen.page, 'fire');
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });
});
