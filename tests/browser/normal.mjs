// A healthy rack: what is shown is what is measured, in grey, on every screen; and a page without data says so.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, axeEverywhere, browse, fits, go, noSideways, open, resize, shot, TABS, targets, until } from './look.mjs';
import { Rack } from './rack.mjs';

/** The tests of this rack, one after the other. */
export const normal = () => describe('a healthy rack', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(5000), browse()]);
    seen = await open(browser, rack);
    await seen.page.waitForSelector('.sentence[data-priority="none"]');
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  /** A value as the page must write it. */
  function written({ value, unit }) {
    const [factor, decimals] = { '°C': [1, 1], Pa: [1, 1], rpm: [1, 0], W: [0.001, 1], 1: [1, 2], '%': [1, 0] }[unit];
    const text = Math.abs(value * factor).toFixed(decimals);
    const sign = value < 0 && Number(text) !== 0 ? '\u2212' : '';
    return sign + text.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, '\u2009');
  }

  test('the overview shows the values of the snapshot', async () => {
    const points = ['rack.exhaust.temperature', 'rack.draft.pressure', 'blower.a.speed', 'it.power', 'room.temperature'];
    const { page } = seen;
    // Pictures change while one compares: every figure must be one of the last seconds.
    const recent = [];
    await until('the values agree', async () => {
      recent.push(await rack.snapshot());
      if (recent.length > 60) recent.shift();
      const shown = await page.$$eval('.row', (rows) => Object.fromEntries(rows.map((row) => [row.dataset.point, row.querySelector('.value').firstChild.textContent])));
      const wrong = points.filter((name) => !recent.some((picture) => written(picture.points[name]) === shown[name]));
      return wrong.length === 0 || wrong.map((name) => [name, shown[name]]);
    });
    const boards = await page.$$eval('.board .degrees', (texts) => texts.map((text) => text.textContent));
    assert.equal(boards.length, 8);
    assert.match(await page.textContent('h1'), new RegExp((await rack.get('/api/v1/rack')).name));
    assert.match(await page.textContent('.simulated'), /Simulated/);
    assert.match(await page.title(), /^rack/);
  });

  test('a healthy rack has no colour', async () => {
    assert.equal(await seen.page.locator('.p1, .p2, .p3, .p4').count(), 0);
  });

  test('the last hour comes from the history', async () => {
    await seen.page.waitForFunction(() => [...document.querySelectorAll('.spark path')].some((path) => path.getAttribute('d')?.length > 0));
    await go(seen.page, 'trends');
    await seen.page.getByRole('button', { name: '10 min' }).click();
    await seen.page.waitForFunction(() => [...document.querySelectorAll('.chart')].every((chart) => !/no history/.test(chart.getAttribute('aria-label'))));
    await seen.page.locator('.chart').first().hover();
    await seen.page.keyboard.press('Tab');
    await go(seen.page, 'overview');
  });

  test('it fits: no scrolling on laptop and wall, nothing sideways at 320 px', async () => {
    await fits(seen.page);
    await noSideways(seen.page);
  });

  test('targets on the phone are at least 44 px', async () => {
    await resize(seen.page, 'phone');
    for (const tab of TABS) {
      await go(seen.page, tab);
      await targets(seen.page, tab);
    }
    await go(seen.page, 'overview');
    await seen.page.getByRole('button', { name: 'Hold blower' }).click();
    await targets(seen.page, 'the command sheet');
    await axe(seen.page, 'the command sheet');
    await shot(seen.page, 'sheet-phone');
    await seen.page.getByRole('button', { name: 'Cancel' }).click();
    await resize(seen.page, 'laptop');
  });

  test('the keyboard reaches and leaves a command', async () => {
    const { page } = seen;
    const button = page.getByRole('button', { name: 'Hold blower' });
    await page.locator('body').click({ position: { x: 5, y: 5 } });
    const isFocused = () => button.evaluate((element) => element === document.activeElement);
    for (let presses = 0; !(await isFocused()); presses += 1) {
      assert.ok(presses < 12, 'the button is reached within twelve presses of Tab');
      await page.keyboard.press('Tab');
    }
    const ring = await button.evaluate((element) => getComputedStyle(element).outline);
    assert.match(ring, /3px/);
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await until('focus is in the sheet', () => page.evaluate(() => document.activeElement?.closest('dialog') !== null));
    await page.keyboard.press('Escape');
    await until('the sheet is closed', async () => (await page.locator('dialog').count()) === 0);
    await until('focus is back where it was', isFocused);
  });

  test('holding the blower is read back, and given back', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: 'Hold blower' }).click();
    await page.getByLabel('Speed, %').fill('70');
    await page.getByLabel('Reason').fill('noise measurement');
    await page.getByLabel('Your name').fill('mara');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Hold now' }).click();
    await page.waitForSelector('.result:has-text("Blower is held at 70")');
    assert.equal((await rack.snapshot()).hold.owner, 'mara');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForSelector('.sentence:has-text("held at 70")');
    await page.locator('.sentence').getByRole('button', { name: 'Back to automatic' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Give back now' }).click();
    await page.waitForSelector('.result:has-text("in automatic")');
    assert.equal((await rack.snapshot()).hold, null);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForSelector('.sentence:has-text("All normal")');
  });

  test('colours follow the switch and are remembered', async () => {
    const { page } = seen;
    const button = page.locator('button.theme');
    await button.click();
    await button.click();
    await page.waitForSelector('html[data-theme="dark"]');
    await page.reload();
    await page.waitForSelector('html[data-theme="dark"]');
    await button.click();
    await page.waitForSelector('html[data-theme="light"]');
  });

  test('axe finds nothing on a healthy rack', async () => {
    await axeEverywhere(seen.page, 'normal');
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });

  test('a page without data says so, and comes back by itself', async () => {
    const lonely = await open(browser, rack);
    const { page } = lonely;
    // What the page itself says first of its silence, by its own clock: the machine under the test may be slow.
    await page.evaluate(() => {
      const live = document.querySelector('.live').parentElement;
      new MutationObserver(() => (window.firstOld ??= live.querySelector('.live .tag')?.textContent)).observe(live, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    // What is not told yet so soon after a start is not missed afterwards.
    const untold = await page.locator('.row .value.tag').count();
    const thaw = rack.freezeFronts();
    try {
      await page.waitForSelector('.live .tag:has-text("s old")');
      assert.equal(await page.evaluate(() => window.firstOld), '2 s old');
      await page.waitForSelector('.sentence.lost');
      const tags = await page.$$eval('.row .value', (values) => values.map((value) => value.textContent));
      assert.ok(tags.length > 0 && tags.every((text) => text.startsWith('STALE')), tags.join());
      assert.equal(await page.locator('.board .degrees').count(), 0);
      assert.ok(await page.getByRole('button', { name: 'Hold blower' }).isDisabled());
      assert.equal(await page.locator('.countdown').count(), 0);
      assert.match(await page.title(), /^No data/);
      await shot(page, 'stale-overview-laptop-light');
      await axe(page, 'stale');
    } finally {
      thaw();
    }
    await page.waitForSelector('.sentence[data-priority]', { timeout: 45_000 });
    await page.waitForSelector('.live .dot');
    await until('values are back', async () => (await page.locator('.row .value.tag').count()) <= untold);
    await lonely.close();
  });

  test('a latch is reset with the key at the rack, and read back', async () => {
    const { page, close } = await open(browser, rack);
    const state = async (name) => (await rack.snapshot()).points[name].state;
    await rack.act({ line: { line: 'emergency_off', high: false } });
    await page.waitForSelector('.sentence.red:has-text("emergency power-off")');
    await page.waitForSelector('.blower.locked .padlock');
    await rack.act({ line: { line: 'emergency_off', high: true } }, { line: { line: 'key', high: true } });
    await until('button released, key turned', async () => (await state('emergency_off')) === 'no' && (await state('key_switch')) === 'yes');
    await go(page, 'alarms');
    await page.getByRole('button', { name: /^Reset latches/ }).click();
    await page.waitForSelector('.conditions li:has(.tick):has-text("Key switch turned")');
    await page.getByLabel('Your name').fill('mara');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Reset now' }).click();
    await page.waitForSelector('.result:has-text("Latches are reset")');
    assert.ok((await rack.snapshot()).latches.every((latch) => latch.key !== 'emergency_off'));
    await close();
  });
});
