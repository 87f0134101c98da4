// A blower that stops under full load: one sentence, one colour, the follow-ons folded, acknowledged and proven.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere, browse, fits, go, noSideways, open, resize, shot, TABS, targets, until } from './look.mjs';
import { Rack } from './rack.mjs';

/** The tests of this rack, one after the other. */
export const abnormal = () => describe('a blower that stops under full load', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(12_000), browse()]);
    seen = await open(browser, rack);
    await until('the blower runs', async () => (await rack.snapshot()).points['blower.a.speed'].value > 1000);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  test('a stopped blower: sentence, colour, title', async () => {
    const { page } = seen;
    await rack.act({ blower_jammed: { on: true } });
    await page.waitForSelector('.sentence.red[data-priority="critical"]');
    const [failed] = (await rack.snapshot()).alarms.filter((alarm) => alarm.name === 'blower.failed');
    assert.ok((await page.textContent('.sentence .main')).startsWith(failed.text));
    await page.waitForSelector('.row[data-point="blower.a.speed"] .chip.p1');
    await page.waitForSelector('.blower.stopped.alarmed .cross');
    await page.waitForFunction(() => /^1 critical/.test(document.title));
    assert.equal(await page.locator('.flow').count(), 0, 'no arrows without air');
    assert.match(await page.textContent('[role="alert"]'), /Priority 1/);
  });

  test('what follows from it loses its hue and is counted', async () => {
    const { page } = seen;
    await page.waitForSelector('.row[data-point="rack.exhaust.temperature"] .value.follow', { timeout: 60_000 });
    await page.waitForSelector('.alarms .note:has-text("follow-on")');
    assert.equal(await page.locator('.row[data-point="rack.exhaust.temperature"] .chip').count(), 0);
    const follows = (await rack.snapshot()).alarms.filter((alarm) => alarm.follows === 'blower.failed' && alarm.priority !== 'critical');
    assert.ok(follows.length > 0);
    await go(page, 'alarms');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForSelector(`.folded [data-alarm="${follows[0].name}"]`);
    await shot(page, 'alarms-unfolded-laptop');
    await go(page, 'overview');
  });

  test('it fits, abnormal as well', async () => {
    await fits(seen.page);
    await noSideways(seen.page);
    await resize(seen.page, 'phone');
    for (const tab of TABS) {
      await go(seen.page, tab);
      await targets(seen.page, tab);
    }
    const order = await seen.page.evaluate(async () => {
      location.hash = '#/overview';
      await new Promise((done) => setTimeout(done, 0));
      await new Promise((done) => requestAnimationFrame(done));
      return [...document.querySelectorAll('main > section')].map((section) => section.className.split(' ').find((name) => ['sentence', 'hosts', 'alarms', 'drawing', 'values'].includes(name))).filter(Boolean);
    });
    assert.deepEqual(order, ['sentence', 'hosts', 'alarms', 'drawing', 'values'], 'on the phone what is wrong comes before the drawing');
    await resize(seen.page, 'laptop');
  });

  test('an alarm is acknowledged by a person and proven by the picture', async () => {
    const { page } = seen;
    await go(page, 'alarms');
    await page.locator('[data-alarm="blower.failed"]').getByRole('button', { name: /^Acknowledge: / }).click();
    await page.getByLabel('Your name').fill('mara');
    await page.locator('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.waitForSelector('.result:has-text("Acknowledged")');
    const alarm = (await rack.snapshot()).alarms.find((one) => one.name === 'blower.failed');
    assert.ok(alarm.acknowledged);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForSelector('[data-alarm="blower.failed"]:not(.waits)');
  });

  test('the journal tells what was done', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: 'History' }).click();
    await page.waitForSelector('.history td:has-text("The blower does not turn")');
    await page.getByRole('button', { name: /^Open/ }).click();
    await go(page, 'overview');
    await page.waitForSelector('.done li');
  });

  test('axe finds nothing in an abnormal state', async () => {
    await axeEverywhere(seen.page, 'abnormal');
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });

  test('a refused reset names the reason and the way out', async () => {
    const { page } = seen;
    await go(page, 'alarms');
    await page.getByRole('button', { name: /^Reset latches/ }).click();
    await page.waitForSelector('.conditions li:has-text("Key switch turned, or one-time responses")');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Key switch at the rack: not turned now').check();
    await page.getByRole('button', { name: 'Reset now' }).click();
    await page.waitForSelector('.result:has-text("Not done")');
    assert.match(await page.textContent('dialog'), /Turn the key switch/);
    await page.getByRole('button', { name: 'With responses' }).waitFor();
    await shot(page, 'reset-refused');
    await page.getByRole('button', { name: 'Close' }).click();
  });
});
