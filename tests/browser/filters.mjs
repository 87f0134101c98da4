// The filters' calendar, the blower's self-test and the residuals: days left as words and as a band, a test started in two steps, ended, and
// one whole; a probe that is off named in words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, browse, frames, go, open, resize, shot, targets, until } from './look.mjs';
import { Rack } from './rack.mjs';

const WITHIN_MS = 60_000;
/** A quarter of an hour at rest, ten times as fast, and what the tests before have moved. */
const LEARNS_MS = 240_000;

/** The tests of this rack, one after the other. Ten times as fast as real time: a self-test takes eleven seconds. */
export const filters = () => describe('filters and the self-test', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;
  const point = async (name) => (await rack.snapshot()).points[name];

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(5000, ['--speed', '10']), browse()]);
    seen = await open(browser, rack);
    await until('the days left are told', async () => (await point('filter.left.days_left')).value !== null || (await point('self_test.waits_for')), WITHIN_MS);
    await until('control runs', async () => (await rack.snapshot()).regime === 'normal', WITHIN_MS);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  /** The card as it stands: at 320 px, for a glove, for whoever cannot see. */
  async function sound(name, card = '#filters') {
    const { page } = seen;
    await page.locator(card).scrollIntoViewIfNeeded();
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForSelector(`html[data-theme="${theme}"]`);
      await frames(page);
      await shot(page, `${name}-laptop-${theme}`);
      await axe(page, `${name} ${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 320, height: 900 });
    await page.locator(card).scrollIntoViewIfNeeded();
    await frames(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} sticks out by ${wide} px at 320 px`);
    await targets(page, name);
    await shot(page, `${name}-320`);
    await resize(page, 'laptop');
  }

  /** A self-test in two steps. */
  async function start() {
    const { page } = seen;
    await page.getByRole('button', { name: 'Self-test now' }).click();
    const sheet = page.locator('dialog.sheet');
    await sheet.getByText('Give a reason.').waitFor();
    await sheet.getByLabel('Reason').fill('new blower');
    await sheet.getByLabel('Your name').fill('Ann');
    await sheet.getByRole('button', { name: 'Continue' }).click();
    const give = sheet.getByRole('button', { name: 'Start now' });
    await until('the last button is armed', () => give.isEnabled());
    await give.click();
    await sheet.getByText('The self-test runs', { exact: true }).waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
  }

  test('each filter says how long it lasts, in words and on a calendar', async () => {
    const { page } = seen;
    await go(page, 'safety');
    for (const side of ['left', 'right']) {
      const filter = page.locator(`[data-filter="${side}"]`);
      await filter.getByText(/days left, |no end in sight/).waitFor();
      assert.match(await filter.locator('.calendar').getAttribute('aria-label'), /^Filter (left|right): /);
      assert.equal(await filter.locator('.calendar .band').count(), 1);
    }
    await sound('filters');
  });

  test('a person starts a self-test in two steps and ends it', async () => {
    const { page } = seen;
    await start();
    await page.locator('[data-selftest]:not([data-selftest="idle"])').waitFor();
    await page.getByRole('button', { name: 'End the self-test' }).click();
    const sheet = page.locator('dialog.sheet');
    await sheet.getByLabel('Your name').fill('Ann');
    await sheet.getByRole('button', { name: 'Continue' }).click();
    const give = sheet.getByRole('button', { name: 'End now' });
    await until('the last button is armed', () => give.isEnabled());
    await give.click();
    await sheet.getByText('The self-test is ended', { exact: true }).waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
    await until('it is aborted', async () => (await point('self_test.result')).state === 'aborted' || (await point('self_test.result')));
  });

  test('a whole one shows what it measured', async () => {
    const { page } = seen;
    await until('the last one is over', async () => (await point('self_test.state')).state === 'idle');
    await start();
    await until('it has passed', async () => (await point('self_test.result')).state === 'passed' || (await point('self_test.state')).state, WITHIN_MS);
    await page.locator('[data-selftest="idle"]').getByText(/^passed/).waitFor();
    await page.getByText(/^3\.\d.s, \d+.% of new$/).waitFor();
    await sound('self-test');
    assert.deepEqual(seen.faults, []);
  });

  test('residuals: bars about their zero while all is well, and what departs in words, by shape and by colour', async () => {
    const { page } = seen;
    await go(page, 'safety');
    const card = page.locator('#residuals');
    await until('residuals speak', async () => (await point('parity.exhaust.residual')).value !== null, LEARNS_MS);
    await card.getByText('Nothing found', { exact: true }).waitFor();
    assert.equal(await card.locator('li').count(), 7);
    assert.equal(await card.locator('[data-departs="true"]').count(), 0);
    await sound('residuals', '#residuals');
    await rack.act({ fault: { instrument: 'exhaust_a', fault: 'offset', amount: 2 } });
    await until('the probe is named', async () => (await point('parity.finding')).state === 'exhaust probe A is off', WITHIN_MS);
    await card.getByText('Exhaust probe A is off', { exact: true }).waitFor();
    const row = card.locator('[data-residual="exhaust"]');
    await row.getByText(/σ, departs$/).waitFor();
    assert.equal(await row.locator('.mark.p4').count(), 1);
    assert.match(await row.locator('.bar').getAttribute('aria-label'), /^Exhaust: .* departs$/);
    await sound('residuals-found', '#residuals');
  });
});
