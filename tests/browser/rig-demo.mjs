// The rig's page beside a demo: what the controller reads stands beside the truth.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, browse, shot, until } from './look.mjs';
import { openRig } from './rig.mjs';
import { Rack } from './rack.mjs';

export const rigBesideDemo = () => describe('a rig beside a demo', { concurrency: 1 }, () => {
  let rack;
  let browser;
  let seen;

  before(async () => {
    [rack, browser] = await Promise.all([Rack.start(6000, ['--listen-rig-page', '127.0.0.1:0']), browse()]);
    seen = await openRig(browser, { url: rack.rigPage });
  });
  after(async () => {
    await browser?.close();
    await rack?.end();
  });

  test('the ready line names both pages, and they are not the same', async () => {
    assert.notEqual(rack.rigPage, rack.url);
    assert.equal((await fetch(`${rack.url}/api/v1/acts`)).status, 404, 'no controller serves it');
  });

  test('what the controller reads stands beside the truth', async () => {
    const { page } = seen;
    await page.waitForSelector('.controller .none:has-text("as it is")');
    await page.waitForSelector('.label[data-point="exhaust"] .sub:has-text("reads")');
  });

  test('a probe that lies is named', async () => {
    const { page } = seen;
    await rack.act({ fault: { instrument: 'room', fault: 'offset', amount: 20 } });
    await page.waitForSelector('.controller tbody tr:has-text("room")');
    await shot(page, 'rig-demo-laptop-light');
    await axe(page, 'a probe that lies');
  });

  test('a lamp lights when the controller drives its output', async () => {
    const { page } = seen;
    await page.locator('.controls summary').click();
    await page.locator('[data-control="contact fire-button"]').getByRole('button', { name: 'high' }).click();
    await page.waitForSelector('[data-output="fire"][data-on="true"] .lamp.p1');
    await page.waitForSelector('.blower.locked .padlock');
    await until('the hosts are told', async () => (await page.locator('.host-boxes .running').count()) === 0);
  });

  test('no other origin, no error', () => {
    assert.deepEqual(seen.faults, []);
  });
});
