// Reports of the rig: one file each, no request, no script, readable from 320 px to paper, in both themes; escaped whatever
// a scenario says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { axe, browse, shot } from './look.mjs';

const BINARY = process.env.RACK_CONTROLLER ?? fileURLToPath(new URL('../../target/release/rack-controller', import.meta.url));
const RIG = process.env.HIL_RIG ?? join(dirname(BINARY), 'hil-rig');
const WIDTHS = [320, 390, 1280];
const MARKUP = '<script>document.title="run"</script><img src="http://example.invalid/x">';
const FAILING = `title  ${MARKUP}
# ${MARKUP}
wait 1 min
door open
within 15 s cause c13
expect drive < 1 %
core dies
wait 2 s
core starts
within 5 s alarm watchdog.acted
for 10 s truth exhaust < 10 °C
`;

/** Runs the rig; its exit status. */
const rig = (...words) => new Promise((done) => execFile(RIG, words, (error) => done(error ? error.code : 0)));

describe('a report', { concurrency: 1 }, () => {
  let browser;
  let folder;
  const faults = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    const scenario = join(folder, 'failing.scn');
    writeFileSync(scenario, FAILING);
    assert.equal(await rig('run', 'fire-button', scenario, '--report', join(folder, 'out')), 1);
    browser = await browse();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name, width, colorScheme) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    const url = pathToFileURL(join(folder, 'out', `${name}.html`)).href;
    page.on('request', (request) => {
      if (request.url() !== url) faults.push(`request to ${request.url()}`);
    });
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
    await page.goto(url);
    return { page, close: () => context.close() };
  }

  for (const name of ['fire-button', 'failing', 'index']) {
    test(`${name}: nothing sideways, nothing that axe finds, at every width and in both themes`, async () => {
      for (const width of WIDTHS) {
        for (const theme of ['light', 'dark']) {
          const { page, close } = await open(name, width, theme);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} sticks out by ${wide} px at ${width} px`);
          await shot(page, `report-${name}-${width}-${theme}`);
          await axe(page, `${name} ${width} ${theme}`);
          await close();
        }
      }
    });
  }

  test('it says first what matters, and leads to it', async () => {
    const { page, close } = await open('failing', 1280, 'light');
    assert.match(await page.title(), /^fail: failing$/);
    assert.match(await page.textContent('.sentence.failed h2'), /^Failed: 2 of \d+ expectations did not hold$/);
    await page.click('.sentence a');
    assert.match(await page.evaluate(() => location.hash), /^#e6$/);
    assert.match(await page.textContent('tr:target'), /drive is/);
    assert.equal(await page.locator('img, script').count(), 0, 'what a scenario says is text');
    assert.equal(await page.locator('.text code', { hasText: MARKUP }).count(), 2);
    await close();
    const good = await open('fire-button', 1280, 'light');
    assert.equal(await good.page.locator('.failed').count(), 0, 'no colour of a failure in a report that passed');
    await good.close();
  });

  test('every lane has the one time axis', async () => {
    const { page, close } = await open('failing', 1280, 'light');
    const places = await page.$$eval('.lane .plot', (plots) => plots.map((plot) => [plot.getBoundingClientRect().left, plot.getBoundingClientRect().right].join()));
    assert.ok(places.length > 12, `${places.length} lanes`);
    assert.equal(new Set(places).size, 1);
    await close();
  });

  test('on paper it is A4 and no more pages than it needs', async () => {
    const { page, close } = await open('failing', 1280, 'dark');
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 2 && pages <= 10, `${pages} pages`);
    assert.match(pdf, /\/MediaBox\s*\[0 0 59[45][.\d]* 84[12]/);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)', 'paper is white in the dark as well');
    await close();
  });

  test('no request, no message, no script', () => {
    assert.deepEqual(faults, []);
  });
});
