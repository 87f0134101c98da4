// The rig without a controller: what the page does is what the rack then is; what is wrong says where.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, browse, frames, resize, shot, SIZES, targets, until } from './look.mjs';
import { goRig, openRig, Rig, RIG_TABS } from './rig.mjs';

/** The tests of this rig, one after the other. */
export const rigAlone = () => describe('a rig alone', { concurrency: 1 }, () => {
  let rig;
  let browser;
  let seen;

  before(async () => {
    [rig, browser] = await Promise.all([Rig.start(6000), browse()]);
    seen = await openRig(browser, rig);
  });
  after(async () => {
    await browser?.close();
    await rig?.end();
  });

  /** No violation of axe's rules at every size, in both themes, on every tab. */
  async function axeEverywhere(name) {
    const { page } = seen;
    for (const size of Object.keys(SIZES)) {
      await resize(page, size);
      for (const theme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForSelector(`html[data-theme="${theme}"]`);
        for (const tab of Object.keys(RIG_TABS)) {
          await goRig(page, tab);
          await shot(page, `rig-${name}-${tab}-${size}-${theme}`);
          await axe(page, `${name} ${tab} ${size} ${theme}`);
        }
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await resize(page, 'laptop');
    await goRig(page, 'rack');
  }

  test('it says what it is and cannot be taken for a controller', async () => {
    const { page } = seen;
    assert.match(await page.title(), /^Simulated rig/);
    assert.match(await page.textContent('.band'), /SIMULATED RIG/);
    assert.equal(await page.locator('.p1, .p2, .p3, .p4').count(), 0, 'a healthy rack has no colour');
  });

  test('the drawing shows the truth', async () => {
    const recent = [];
    await until('the values agree', async () => {
      recent.push(await rig.picture());
      const shown = await seen.page.$$eval('.label', (labels) => Object.fromEntries(labels.map((label) => [label.dataset.point, label.querySelector('.figure').textContent])));
      return recent.some(({ truth }) => shown.exhaust === truth.exhaust.toFixed(1) && shown.room === truth.room.toFixed(1)) || shown;
    });
    assert.equal(await seen.page.locator('.board .degrees').count(), 8);
  });

  test('a switch changes the rack, is echoed with its time, and is mended', async () => {
    const { page } = seen;
    await page.locator('[data-control="door"]').getByRole('button', { name: 'open' }).click();
    await page.waitForSelector('.echo:has-text("Done: door open")');
    assert.match(await page.textContent('.echo'), /of the rack’s clock/);
    assert.equal((await rig.picture()).door_open, true);
    await page.waitForSelector('.departures li:has-text("door open")');
    await page.waitForSelector('.plan .leaf-under');
    await page.locator('.departures li:has-text("door open")').getByRole('button').click();
    await until('the door is closed', async () => !(await rig.picture()).door_open);
    await page.waitForSelector('.departures .none');
  });

  test('a slider and its field set a number, and a number out of range is refused', async () => {
    const { page } = seen;
    const control = page.locator('[data-control="filter resistance left"]');
    await control.getByRole('textbox').fill('4');
    await control.getByRole('textbox').press('Enter');
    await until('the filter resists', async () => Math.abs((await rig.picture()).truth['resistance-left'] - 4) < 0.01);
    await page.waitForSelector('.label[data-point="filter-left"] .chip-box.p3');
    await control.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await until('the slider moved it', async () => (await rig.picture()).truth['resistance-left'] > 4.01);
    await control.getByRole('textbox').fill('4000');
    await control.getByRole('textbox').press('Enter');
    await page.waitForSelector('.echo:has-text("Not done")');
    assert.match(await page.textContent('.echo'), /out of range/);
    await page.locator('.echo').getByRole('button', { name: 'Close' }).click();
  });

  test('what others do is seen as well, and everything goes back to healthy in two steps', async () => {
    const { page } = seen;
    await rig.act('smoke a alarm');
    await rig.act('fault room drift 5 K/h');
    await page.waitForSelector('.departures li:has-text("fault room drift 5 K/h")');
    await page.waitForSelector('.done-list li:has-text("smoke a alarm")');
    await page.getByRole('button', { name: 'Everything back to healthy' }).click();
    await page.waitForSelector('dialog[open]');
    assert.ok((await rig.picture()).departures.length > 0, 'not before the second step');
    await page.getByRole('button', { name: 'Mend everything' }).click();
    await page.waitForSelector('.sentence[data-state="healthy"]');
    assert.deepEqual((await rig.picture()).departures, []);
  });

  test('every act and fault is found, and a mistyped act says where', async () => {
    const { page } = seen;
    await goRig(page, 'acts');
    const rows = (await rig.get('/api/v1/tables')).acts.length;
    assert.ok((await page.locator('.found li').count()) > rows, 'all acts and the faults');
    await page.getByRole('searchbox').fill('drift');
    await page.locator('.found .row-button').first().click();
    await page.getByLabel('amount').selectOption('');
    await page.getByLabel(/^amount, /).fill('7');
    await page.locator('.will').getByRole('button', { name: 'Do' }).click();
    await until('it drifts', async () => (await rig.picture()).departures.some((one) => / drift 7 /.test(one.says)));
    const typed = page.locator('.typed');
    await typed.getByRole('textbox').fill('door ajar');
    await typed.getByRole('button', { name: 'Do' }).click();
    await page.waitForSelector('.typed .caret');
    assert.equal(await page.locator('.typed .caret').textContent(), 'door ajar\n     ^');
    await page.locator('.echo').getByRole('button', { name: 'Close' }).click();
    await goRig(page, 'rack');
  });

  test('a fire is asked twice, drawn, and red', async () => {
    const { page } = seen;
    await page.locator('[data-control="fire"]').getByRole('textbox').fill('15000');
    await page.locator('[data-control="fire"]').getByRole('textbox').press('Enter');
    await page.getByRole('button', { name: 'Do it' }).click();
    await page.waitForSelector('.sentence.red');
    await page.waitForSelector('.flame');
    await axeEverywhere('fire');
    await page.getByRole('button', { name: 'Everything back to healthy' }).click();
    await page.getByRole('button', { name: 'Mend everything' }).click();
    await until('it is out', async () => (await rig.picture()).truth.fire === 0);
  });

  test('a scenario runs to its verdicts and opens its report', async () => {
    const { page, context } = seen;
    await goRig(page, 'scenarios');
    await page.getByRole('button', { name: 'Run fire-button' }).click();
    await page.waitForSelector('.runs li[data-stage="pass"]', { timeout: 60_000 });
    await page.waitForSelector('.verdicts tbody tr');
    const job = (await rig.get('/api/v1/jobs'))[0];
    await until('every verdict has its line', async () => (await page.locator('.verdicts tbody tr').count()) === job.good);
    const opened = context.waitForEvent('page');
    await page.getByRole('link', { name: 'Open the report' }).click();
    const report = await opened;
    await report.waitForSelector('h1');
    assert.match(await report.textContent('body'), /fire-button/);
    await report.close();
  });

  test('a mistake in a text shows its line, and the text runs once it is mended', async () => {
    const { page } = seen;
    const area = page.getByLabel('Text of the scenario');
    await area.fill('title  A door\nwait 1 min\ndor open\nwithin 10 s  alarm door.open\n');
    await page.waitForSelector('.problems li');
    assert.match(await page.textContent('.problems li'), /3:1.*did you mean `door`/);
    assert.equal(await page.textContent('.editor pre .bad'), '3\n');
    assert.ok(await page.getByRole('button', { name: 'Run this text' }).isDisabled());
    await page.locator('.problems button').click();
    assert.equal(await area.evaluate((element) => element.selectionStart), 'title  A door\nwait 1 min\n'.length);
    await shot(page, 'rig-mistake-laptop-light');
    await area.fill('title  A room that is cold\nwait 1 min\nexpect truth room < 10 °C\n');
    await page.waitForSelector('.editor .none:has-text("No mistake")');
    await page.getByRole('button', { name: 'Run this text' }).click();
    await page.waitForSelector('.verdicts tr.failed:has-text("found")');
  });

  test('a long run is cancelled', async () => {
    const { page } = seen;
    await page.getByLabel('Text of the scenario').fill('title  Long\nwait 300 d\nexpect no alarm\n');
    await page.getByRole('button', { name: 'Run this text' }).click();
    await page.waitForSelector('.runs li[data-stage="running"]');
    await page.locator('.runs li[data-stage="running"]').getByRole('button', { name: /^Cancel/ }).click();
    await page.waitForSelector('.runs li[data-stage="ended"]');
    await goRig(page, 'rack');
  });

  test('axe finds nothing on a healthy rig', async () => {
    await axeEverywhere('healthy');
  });

  test('nothing sideways at 320 px, and targets of 44 px on the phone', async () => {
    const { page } = seen;
    for (const tab of Object.keys(RIG_TABS)) {
      await page.setViewportSize({ width: 320, height: 700 });
      await goRig(page, tab);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${tab} sticks out by ${wide} px at 320 px`);
      await resize(page, 'phone');
      await frames(page);
      await targets(page, tab);
    }
    await resize(page, 'laptop');
    await goRig(page, 'rack');
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });

  test('a rig that does not answer leaves no value, and comes back', async () => {
    const { page } = seen;
    const thaw = rig.freeze();
    try {
      await page.waitForSelector('.sentence.lost');
      const labels = await page.$$eval('.label .figure', (figures) => figures.map((figure) => figure.textContent));
      assert.ok(labels.length > 0 && labels.every((text) => text === 'STALE'), labels.join());
      assert.equal(await page.locator('.board .degrees').count(), 0);
      assert.ok(await page.locator('[data-control="door"]').getByRole('button', { name: 'open' }).isDisabled());
      assert.match(await page.title(), /no data/);
      await axe(page, 'lost');
    } finally {
      thaw();
    }
    await page.waitForSelector('.sentence[data-state="healthy"]', { timeout: 30_000 });
  });
});
