// Persons' acts: inputs overridden and out of service, with one-time responses to the core's own challenges, worked out here
// by another hand; refusals in the core's words; what is not judged told on every page; alarms acknowledged with a comment.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { axe, browse, frames, go, noSideways, open, resize, shot, TABS, targets, until } from './look.mjs';
import { enrol, respond } from './device.mjs';
import { BINARY, Rack } from './rack.mjs';

const NARROWEST = { width: 320, height: 700 };

/** What the open sheet shows of a challenge. */
async function challengeOf(sheet) {
  const [rack, text] = await sheet.locator('.challenge dd').allTextContents();
  const challenge = (await sheet.locator('.challenge .number').textContent()).replaceAll(' ', '');
  assert.match(challenge, /^[0-9a-f]{16}$/);
  return { rack, text, challenge };
}

/** The sheet as it stands: sound in both themes, large enough for a glove and nothing sideways at 320 px. */
async function sound(page, name) {
  for (const theme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForSelector(`html[data-theme="${theme}"]`);
    await axe(page, `${name} ${theme}`);
  }
  await shot(page, `${name}-laptop`);
  await page.setViewportSize(NARROWEST);
  await frames(page);
  const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('dialog')].map((sheet) => sheet.scrollWidth - sheet.clientWidth)));
  assert.ok(wide <= 0, `${name} sticks out by ${wide} px at 320 px`);
  await targets(page, name);
  await shot(page, `${name}-320`);
  await resize(page, 'laptop');
}

/** Presses Tab until something whose accessible name or label begins so has the focus. */
async function tabTo(page, name) {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
    });
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focused()).startsWith(name)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${name} is not reached by keyboard`);
}

/** The tests of this rack, one after the other. */
export const persons = () => describe('what persons take out of the judgement', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;
  let keys;
  let sheet;
  const isOverridden = async (key) => (await rack.snapshot()).overrides.find((one) => one.key === key);
  const button = (name) => sheet.getByRole('button', { name, exact: true });
  /** Presses a button once it is armed. */
  const press = async (name) => {
    await until(`${name} is armed`, () => button(name).isEnabled());
    await button(name).click();
  };
  /** Opens an input from the list on the safety page and chooses what to do with it. */
  const choose = async (key, way) => {
    await go(seen.page, 'safety');
    await seen.page.locator(`[data-input="${key}"] button`).click();
    await button(way).click();
  };
  /** From the confirmation to a challenge that is shown. */
  const challenge = async () => {
    await button('Continue').click();
    await press('Get a challenge');
    await sheet.locator('.challenge').waitFor();
    return challengeOf(sheet);
  };
  const answer = (asked, name) => sheet.getByLabel('Response of').fill(respond(keys[name], asked, name));
  const close = () => button('Close').click();

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(5000), browse()]);
    seen = await open(browser, rack);
    sheet = seen.page.locator('dialog.sheet');
    await seen.page.waitForSelector('.sentence[data-priority="none"]');
    await until('there is history', async () => (await rack.get('/api/v1/journal')).entries.length > 0);
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  test('nobody is enrolled: the core says so and the page says what to do', async () => {
    await choose('draft', 'Override for a time');
    await sheet.getByLabel('Reason').fill('calibration');
    await sheet.getByLabel('Your name').fill('mara');
    await button('Continue').click();
    await press('Get a challenge');
    await sheet.getByText('Not done: the person is not enrolled for this command').waitFor();
    assert.match(await sheet.textContent(), /rack-controller user add/);
    await close();
    keys = { mara: await enrol(rack.data, 'mara'), ivo: await enrol(rack.data, 'ivo'), olga: await enrol(rack.data, 'olga', 'operator') };
    seen.faults.splice(0);
  });

  test('an input is overridden from its value, by keyboard alone, with a one-time response', async () => {
    const { page } = seen;
    const { keyboard } = page;
    await go(page, 'overview');
    await tabTo(page, 'Draft in the rack');
    await keyboard.press('Enter');
    await sheet.getByText('Votes with tachometer and blower current').waitFor();
    await sound(page, 'input');
    await tabTo(page, 'Override for a time');
    await keyboard.press('Enter');
    await sheet.getByText('Give a reason.').waitFor();
    assert.equal(await sheet.getByLabel('Time, min').inputValue(), '15');
    await tabTo(page, 'Reason');
    await keyboard.type('gauge is calibrated');
    await tabTo(page, 'Your name');
    await keyboard.press('Control+A');
    await keyboard.type('mara');
    await sound(page, 'override');
    await tabTo(page, 'Continue');
    await keyboard.press('Enter');
    await sheet.getByText('Confirm: override rack draft for 15\u00a0min').waitFor();
    await sheet.getByText('Key switch at the rack: not turned now').waitFor();
    await sound(page, 'override-confirm');
    await until('armed', () => button('Get a challenge').isEnabled());
    await tabTo(page, 'Get a challenge');
    await keyboard.press('Enter');
    await sheet.locator('.challenge').waitFor();
    const asked = await challengeOf(sheet);
    assert.equal(asked.text, 'override input=draft minutes=15 reason="gauge is calibrated" by="mara"');
    assert.equal(asked.rack, (await rack.get('/api/v1/rack')).name);
    await sound(page, 'challenge');
    await tabTo(page, 'Response of mara');
    await keyboard.type(respond(keys.mara, asked, 'mara'));
    await until('armed', () => button('Override now').isEnabled());
    await keyboard.press('Enter');
    await sheet.getByText('Rack draft: overridden').waitFor();
    await sound(page, 'override-done');
    const { by, reason, left_s: left } = await isOverridden('draft');
    assert.deepEqual([by, reason, left > 880 && left <= 900], ['mara', 'gauge is calibrated', true]);
    await tabTo(page, 'Close');
    await keyboard.press('Enter');
    await page.waitForSelector('.row[data-point="rack.draft.pressure"] .tag:has-text("BYPASSED")');
  });

  test('what is not judged stands on every page, with its time, and leads to the list', async () => {
    const { page } = seen;
    for (const tab of TABS) {
      await go(page, tab);
      await page.waitForSelector('header .bypassed:has-text("1 input not judged, for 14:")');
    }
    await resize(page, 'phone');
    for (const tab of TABS) {
      await go(page, tab);
      await page.waitForSelector('.bypassed.strip:has-text("1 input not judged")');
      await targets(page, `${tab} beside an override`);
    }
    await noSideways(page);
    await page.setViewportSize(NARROWEST);
    await page.locator('.bypassed').click();
    await until('the list is in sight', () => page.evaluate(() => {
      const list = document.getElementById('not-judged')?.getBoundingClientRect();
      return list !== undefined && list.top >= 0 && list.top < innerHeight / 2 && document.activeElement?.id === 'not-judged';
    }));
    assert.match(await page.locator('[data-bypass="draft"]').textContent(), /Overridden for \d+:\d\d\smin more by mara: gauge is calibrated/);
    await shot(page, 'not-judged-320');
    await resize(page, 'laptop');
    for (const theme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForSelector(`html[data-theme="${theme}"]`);
      await axe(page, `safety beside an override, ${theme}`);
    }
    await shot(page, 'not-judged-laptop');
  });

  test('a second one of its vote is refused in the core\u2019s words, and a wrong response can be given anew', async () => {
    await choose('tachometer', 'Override for a time');
    assert.match(await sheet.locator('.conditions .open').textContent(), /The rest of its vote is judged.*rack draft/);
    await sheet.getByLabel('Reason').fill('bearing change');
    const wrong = await challenge();
    await sheet.getByLabel('Response of mara').fill('1234 5678');
    await press('Override now');
    await sheet.getByText('Not done: a one-time response does not fit; ask for a new challenge').waitFor();
    await button('New challenge').click();
    await sheet.locator('.challenge').waitFor();
    const asked = await challengeOf(sheet);
    assert.notEqual(asked.challenge, wrong.challenge);
    await answer(asked, 'mara');
    await press('Override now');
    await sheet.getByText('Not done: another input of its vote is overridden or out of service').waitFor();
    assert.match(await sheet.textContent(), /the rest of the vote has to see/);
    await close();
    assert.equal(await isOverridden('tachometer'), undefined);
    seen.faults.splice(0);
  });

  test('an operator\u2019s response is no engineer\u2019s', async () => {
    await choose('mains', 'Override for a time');
    await sheet.getByLabel('Reason').fill('generator test');
    await sheet.getByLabel('Your name').fill('olga');
    await answer(await challenge(), 'olga');
    await press('Override now');
    await sheet.getByText('Not done: the person is not enrolled for this command').waitFor();
    await close();
    assert.equal(await isOverridden('mains'), undefined);
    seen.faults.splice(0);
  });

  test('an override is ended from the list, and the input is judged again', async () => {
    const { page } = seen;
    await go(page, 'safety');
    await page.getByRole('button', { name: 'End: Rack draft' }).click();
    await sheet.getByLabel('Your name').fill('olga');
    await button('Continue').click();
    await press('End now');
    await sheet.getByText('Rack draft: judged again').waitFor();
    await close();
    assert.equal(await isOverridden('draft'), undefined);
    await page.getByText('Every input is judged.').waitFor();
    assert.equal(await page.locator('.bypassed').count(), 0);
  });

  test('a probe of the vote needs a second person, who responds to the same challenge', async () => {
    const { page } = seen;
    await choose('exhaust.b', 'Override for a time');
    await sheet.getByText('Needs the key switch at the rack, or one-time responses of two persons.').waitFor();
    await sheet.getByLabel('Time, min').fill('241');
    await sheet.getByLabel('Reason').fill('probe change');
    await sheet.getByLabel('Your name').fill('mara');
    await sheet.getByText('Time 1 to 240\u00a0min.').waitFor();
    await sheet.getByLabel('Time, min').fill('240');
    const asked = await challenge();
    await sheet.getByText('1 of 2: mara responds.').waitFor();
    await answer(asked, 'mara');
    await press('Next person');
    await sheet.getByText('2 of 2').waitFor();
    assert.equal((await challengeOf(sheet)).challenge, asked.challenge);
    await sheet.getByLabel('Second person, as enrolled').fill('Mara');
    await sheet.getByText('Another person than mara.').waitFor();
    await sheet.getByLabel('Second person, as enrolled').fill('ivo');
    await answer(asked, 'ivo');
    await sound(page, 'second-person');
    await press('Override now');
    await sheet.getByText('Exhaust probe B: overridden').waitFor();
    const { left_s: left } = await isOverridden('exhaust.b');
    assert.ok(left > 14_380 && left <= 14_400, `${left}`);
    await close();
  });

  test('what warns of fire is never overridden, and the page says why', async () => {
    await go(seen.page, 'safety');
    await seen.page.locator('[data-input="smoke.b"] button').click();
    await sheet.getByText('Never overridden: a fire input or a read-back is never overridden.').waitFor();
    assert.equal(await sheet.getByRole('button', { name: /Override/ }).count(), 0);
    await sound(seen.page, 'never');
    await close();
  });

  test('an input goes out of service by two persons and comes back by the key switch', async () => {
    const { page } = seen;
    await choose('smoke.b', 'Take out of service');
    await sheet.getByText('Needs one-time responses of two persons.').waitFor();
    await sheet.getByLabel('Reason').fill('loop is cut');
    await sheet.getByText('Give the serial number').waitFor();
    await sheet.getByLabel('Serial number of its replacement').fill('SD-119');
    const asked = await challenge();
    assert.equal(asked.text, 'out_of_service input=smoke.b serial="SD-119" reason="loop is cut" by="mara"');
    await answer(asked, 'mara');
    await press('Next person');
    await sheet.getByLabel('Second person, as enrolled').fill('ivo');
    await answer(asked, 'ivo');
    await press('Take out now');
    await sheet.getByText('Smoke channel B: out of service').waitFor();
    await close();
    assert.deepEqual((await rack.snapshot()).out_of_service, [{ key: 'smoke.b', title: 'Smoke channel B', point: 'smoke.b' }]);
    await page.waitForSelector('.bypassed:has-text("2 inputs not judged, the next for")');

    await rack.act({ line: { line: 'key', high: true } });
    await until('the key is turned', async () => (await rack.snapshot()).points.key_switch.state === 'yes');
    await page.getByRole('button', { name: 'Put back: Smoke channel B' }).click();
    await sheet.getByLabel('Serial number of the part in place').fill('SD-119');
    await button('Continue').click();
    await sheet.getByLabel('Key switch at the rack: turned now').check();
    await press('Put back now');
    await sheet.getByText('Smoke channel B: in service').waitFor();
    await close();
    await rack.act({ line: { line: 'key', high: false } });
    assert.deepEqual((await rack.snapshot()).out_of_service, []);
  });

  test('the copied line gives the response on a person\u2019s own machine', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const other = page.locator('dialog.sheet');
    await page.goto(`${rack.url}/#/safety`);
    await page.locator('[data-input="door"] button').click();
    await other.getByRole('button', { name: 'Override for a time' }).click();
    await other.getByLabel('Reason').fill("Ann's \"cabling\"");
    await other.getByLabel('Your name').fill('mara');
    await other.getByRole('button', { name: 'Continue' }).click();
    await other.getByRole('button', { name: 'Get a challenge' }).click();
    await other.locator('.challenge').waitFor();
    const asked = await challengeOf(other);
    await other.getByRole('button', { name: 'Copy command line' }).click();
    await other.getByRole('button', { name: 'Copied' }).waitFor();
    const line = await page.evaluate(() => navigator.clipboard.readText());
    const folder = mkdtempSync(join(tmpdir(), 'device-'));
    try {
      writeFileSync(join(folder, 'key'), `${keys.mara}\n`);
      const env = { ...process.env, PATH: `${dirname(BINARY)}:${process.env.PATH}` };
      const said = execFileSync('sh', ['-c', line.replace('KEYFILE', join(folder, 'key'))], { env, encoding: 'utf8' });
      assert.equal(said.trim(), respond(keys.mara, asked, 'mara'), 'both hands agree');
    } finally {
      rmSync(folder, { recursive: true });
    }
    await other.getByRole('button', { name: 'Copy challenge' }).click();
    await until('the challenge is copied', async () => (await page.evaluate(() => navigator.clipboard.readText())) === asked.challenge);
    // Where the browser keeps its clipboard from a page that comes without TLS.
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      document.addEventListener('copy', () => (window.marked = document.activeElement.value));
    });
    await other.getByRole('button', { name: 'Copy command line' }).click();
    await until('the old way copies too', async () => (await page.evaluate(() => window.marked)) === line);
    await context.close();
  });

  test('a challenge ends, and says so', async () => {
    const late = await open(browser, rack);
    const other = late.page.locator('dialog.sheet');
    await go(late.page, 'safety');
    await late.page.locator('[data-input="door"] button').click();
    await other.getByRole('button', { name: 'Override for a time' }).click();
    await other.getByLabel('Reason').fill('cabling');
    await other.getByLabel('Your name').fill('mara');
    await other.getByRole('button', { name: 'Continue' }).click();
    // Two minutes of the page's own clock.
    await late.page.evaluate(() => {
      const now = performance.now.bind(performance);
      window.later = (ms) => (performance.now = () => now() + ms);
    });
    await other.getByRole('button', { name: 'Get a challenge' }).click();
    const left = other.getByRole('timer');
    await left.waitFor();
    assert.match(await left.textContent(), /^(1:5\d\smin|2:00\smin)$/);
    await late.page.evaluate(() => window.later(121_000));
    await other.getByText('Its time is over. Nothing was done.').waitFor();
    assert.equal(await other.getByLabel('Response of').count(), 0);
    await until('a new one may be had', () => other.getByRole('button', { name: 'New challenge' }).isEnabled());
    await late.close();
  });

  test('a latch is reset by a one-time response, where nobody is at the key switch', async () => {
    const { page } = seen;
    const state = async (name) => (await rack.snapshot()).points[name].state;
    await until('the key is back', async () => (await state('key_switch')) === 'no');
    await rack.act({ line: { line: 'emergency_off', high: false } });
    await until('it is latched', async () => (await rack.snapshot()).latches.some((latch) => latch.key === 'emergency_off'));
    await rack.act({ line: { line: 'emergency_off', high: true } });
    await until('the button is released', async () => (await state('emergency_off')) === 'no');
    await go(page, 'alarms');
    await page.getByRole('button', { name: /^Reset latches/ }).click();
    await sheet.getByText('Key switch turned, or one-time responses').waitFor();
    const asked = await challenge();
    assert.match(asked.text, /^reset latches=.*emergency_off.* inspected=false by="mara"$/);
    await answer(asked, 'mara');
    await press('Reset now');
    await sheet.getByText('Latches are reset', { exact: true }).waitFor();
    await close();
    assert.deepEqual((await rack.snapshot()).latches, []);
  });

  test('an alarm is acknowledged with what was found, which its row and the journal show', async () => {
    const { page } = seen;
    await rack.act({ door: { open: true } });
    await go(page, 'alarms');
    const row = page.locator('[data-alarm="door.open"]');
    await row.getByRole('button', { name: /^Acknowledge with a comment/ }).click();
    assert.equal(await sheet.getByLabel('Your name').inputValue(), 'mara');
    await sheet.getByLabel('What was found').fill('left open after the filter change');
    await sound(page, 'comment');
    await button('Acknowledge').click();
    await sheet.getByText('Acknowledged', { exact: true }).waitFor();
    await close();
    await row.locator('.seen').waitFor();
    assert.match(await row.locator('.seen').textContent(), /^Acknowledged \d\d:\d\d:\d\d by mara: left open after the filter change$/);
    await shot(page, 'comment-row-laptop');
    await page.getByRole('button', { name: 'History' }).click();
    await page.waitForSelector('.history td:has-text("mara: left open after the filter change")');
    await page.waitForSelector('.history td:has-text("override input=draft minutes=15")');
    await page.getByLabel('Causes, effects and commands too').check();
    await page.waitForSelector('.history td:has-text("The fan follows automatic control")');
    await sound(page, 'history');
    await page.getByRole('button', { name: /^Open/ }).click();
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });
});
