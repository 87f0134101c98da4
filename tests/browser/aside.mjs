// Alarms put aside by a person: shelved in two steps, listed with who and why, brought back; critical ones offer no shelf.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, browse, frames, go, open, resize, shot, targets, until } from './look.mjs';
import { Rack } from './rack.mjs';

/** The page as it stands, at 320 px: nothing sticks out sideways. */
async function narrow(page, name) {
  await page.setViewportSize({ width: 320, height: 700 });
  await frames(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} sticks out by ${wide} px at 320 px`);
  await targets(page, name);
  await shot(page, `${name}-320`);
  await resize(page, 'laptop');
}

/** Sound to whoever cannot see or point, in both themes. */
async function sound(page, name) {
  for (const theme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForSelector(`html[data-theme="${theme}"]`);
    await axe(page, `${name} ${theme}`);
  }
}

const named = (list, name) => list.find((one) => one.name === name);

/** The tests of this rack, one after the other. */
export const aside = () => describe('alarms that a person puts aside', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(5000), browse()]);
    seen = await open(browser, rack);
    await rack.act({ door: { open: true } });
    await until('the door is told', async () => named((await rack.snapshot()).alarms, 'door.open') !== undefined);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  test('an alarm is shelved by keyboard, in two steps, with name and reason', async () => {
    const { page } = seen;
    await go(page, 'alarms');
    const row = page.locator('[data-alarm="door.open"]');
    await row.getByRole('button', { name: /^Put aside/ }).focus();
    await page.keyboard.press('Enter');
    const sheet = page.locator('dialog.sheet');
    await sheet.getByText('Give a reason.').waitFor();
    await sheet.getByLabel('Reason').fill('filter change');
    await sheet.getByLabel('Your name').fill('Ann');
    await shot(page, 'shelve-laptop');
    await sound(page, 'shelve');
    await narrow(page, 'shelve');
    await sheet.getByRole('button', { name: 'Continue' }).click();
    const give = sheet.getByRole('button', { name: 'Shelve now' });
    await until('the last button is armed', () => give.isEnabled());
    await give.click();
    await sheet.getByText('Put aside', { exact: true }).waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
    await row.waitFor({ state: 'detached' });
    const now = await rack.snapshot();
    const hidden = named(now.alarms_hidden, 'door.open');
    assert.deepEqual([hidden.by, hidden.why, hidden.how, hidden.raised], ['Ann', 'filter change', 'shelved', true]);
    assert.ok(hidden.left_s > 1700 && hidden.left_s <= 1800, `${hidden.left_s}`);
    assert.equal(named(now.alarms, 'door.open').active, true, 'it is judged on');
    assert.ok(now.effects.some((effect) => effect.key === 'FAN_FLOOR'), 'the rack does what it did');
  });

  test('what is put aside is listed with who, why and until when, and the page is sound at every size', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: 'Put aside 1' }).click();
    const entry = page.locator('[data-aside="door.open"]');
    await entry.getByText('Ann: filter change').waitFor();
    assert.match(await entry.locator('.state').textContent(), /^Shelved for \d+\smin more\. It is raised now\.$/);
    await shot(page, 'aside-laptop');
    await sound(page, 'aside');
    await narrow(page, 'aside');
  });

  test('it comes back at a person\u2019s word', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: /^Bring back: / }).click();
    const sheet = page.locator('dialog.sheet');
    await sheet.getByRole('button', { name: 'Bring back' }).click();
    await sheet.getByText('It is in the list again').waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
    assert.deepEqual((await rack.snapshot()).alarms_hidden, []);
    await page.getByRole('button', { name: /^Open/ }).click();
    await page.locator('[data-alarm="door.open"]').waitFor();
    await until('the journal says who', async () => {
      const { entries } = await rack.get('/api/v1/journal?limit=100');
      const said = entries.filter((entry) => entry.kind === 'shelve' && entry.name === 'door.open');
      return said.length === 2 && said[1].by === 'Ann' && said[1].why === 'filter change' && said[0].on === false;
    });
  });

  test('a critical alarm has no shelf, and a refusal says why', async () => {
    const { page } = seen;
    await rack.act({ door: { open: false } }, { blower_jammed: { on: true } });
    await until('the blower is told', async () => {
      const { alarms } = await rack.snapshot();
      return named(alarms, 'blower.failed') !== undefined || alarms.map((alarm) => alarm.name);
    });
    const row = page.locator('[data-alarm="blower.failed"]');
    await row.waitFor();
    assert.equal(await row.getByRole('button', { name: /^Put aside/ }).count(), 0);
    const answer = await page.evaluate(async () => {
      const body = JSON.stringify({ command: 'shelve', alarm: 'blower.failed', by: 'Ann', reason: 'noise', minutes: 5 });
      const headers = { 'content-type': 'application/json', 'x-rack-command': '1' };
      const got = await fetch('/api/v1/commands', { method: 'POST', headers, body });
      return [got.status, await got.json()];
    });
    assert.equal(answer[0], 409);
    assert.equal(answer[1].number, 21);
    seen.faults.splice(0);
  });

  test('figures of merit stand beside their targets', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: 'Figures' }).click();
    await page.locator('.figures-table tbody tr').first().waitFor();
    const kpi = await rack.get('/api/v1/alarms/kpi?days=1');
    assert.ok(kpi.told >= 2, `${kpi.told}`);
    assert.equal(await page.locator('.figures-table tbody tr').count(), kpi.figures.length);
    const csv = await (await fetch(`${rack.url}/api/v1/alarms/kpi?days=1&format=csv`)).text();
    assert.match(csv, /^kind,name,value,unit,target\n/);
    await shot(page, 'figures-laptop');
    await sound(page, 'figures');
    await narrow(page, 'figures');
    assert.deepEqual(seen.faults, []);
  });
});
