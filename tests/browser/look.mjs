// A browser that looks at the page, and the questions that every picture of it must answer.
import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = fileURLToPath(new URL('../../target/screenshots/', import.meta.url));

export const SIZES = { phone: [390, 844], laptop: [1280, 800], wall: [1920, 1080] };
export const TABS = ['overview', 'hosts', 'trends', 'safety', 'alarms'];
export const WITHIN_MS = 20_000;

export async function browse() {
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** A page of the rack. `faults` gathers what must not be: other origins, errors in the console or the script. */
export async function open(browser, rack, size = 'laptop') {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WITHIN_MS);
  const faults = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${rack.url}/`)) faults.push(`request to ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  await page.goto(`${rack.url}/`);
  await page.waitForSelector('.sentence[data-priority]');
  return { page, faults, close: () => context.close() };
}

export async function resize(page, size) {
  const [width, height] = SIZES[size];
  await page.setViewportSize({ width, height });
}

/** Goes to a tab and waits until its page stands. */
export async function go(page, tab) {
  await page.evaluate((key) => (location.hash = `#/${key}`), tab);
  await page.waitForSelector(`nav a[href="#/${tab}"][aria-current="page"]`);
  await page.waitForSelector({ overview: '.drawing svg', hosts: '.tiers > li', trends: '.chart canvas', safety: '.matrix-card .legend', alarms: '.alarm-page .choices' }[tab]);
}

/** Two frames: layout and charts have followed the last change. */
export const frames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

export async function shot(page, name, more = {}) {
  await page.screenshot({ path: `${SHOTS}${name}.png`, ...more });
}

/** No violation of axe's rules, at every size, in both themes, on every tab. */
export async function axeEverywhere(page, name) {
  for (const size of Object.keys(SIZES)) {
    await resize(page, size);
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForSelector(`html[data-theme="${theme}"]`);
      for (const tab of TABS) {
        await go(page, tab);
        await frames(page);
        await shot(page, `${name}-${tab}-${size}-${theme}`);
        await axe(page, `${name} ${tab} ${size} ${theme}`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await resize(page, 'laptop');
  await go(page, 'overview');
}

export async function axe(page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const words = violations.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.map((node) => `${node.html}\n  ${node.failureSummary}`).join('\n  ')}`);
  assert.deepEqual(words, [], where);
}

/** Nothing sticks out sideways on a very narrow screen. */
export async function noSideways(page) {
  await page.setViewportSize({ width: 320, height: 700 });
  for (const tab of TABS) {
    await go(page, tab);
    await frames(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${tab} sticks out by ${wide} px at 320 px`);
  }
  await resize(page, 'laptop');
  await go(page, 'overview');
}

/** The overview needs no scrolling on a laptop and on the wall. */
export async function fits(page) {
  for (const size of ['laptop', 'wall']) {
    await resize(page, size);
    await frames(page);
    const over = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    assert.ok(over <= 0, `the overview is ${over} px too high on the ${size}`);
  }
  await resize(page, 'laptop');
}

/** Every target on the phone is large enough for a glove. */
export async function targets(page, where) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].flatMap((element) => {
      const target = element.closest('label') ?? element;
      const { width, height } = target.getBoundingClientRect();
      if (width === 0 || height === 0) return [];
      return width < 44 || height < 44 ? [`${element.outerHTML.slice(0, 80)} is ${width.toFixed(0)} x ${height.toFixed(0)}`] : [];
    }),
  );
  assert.deepEqual(small, [], where);
}

/** Asks again until the answer holds. */
export async function until(what, holds, withinMs = WITHIN_MS) {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await holds();
    if (answer === true) return;
    if (Date.now() > end) assert.fail(`${what}: ${JSON.stringify(answer)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
