// VS Code itself, in a browser without a window: the packaged extension in its extension
// host, and what a person sees of a program.
//
//   node workbench.mjs URL FOLDER       code-server serves URL; FOLDER is a copy of the shop
//   PICTURES=folder                     keeps pictures of what was there

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createRequire } from 'node:module';

// the browser's library is installed beside code-server, and not here
const { launch } = createRequire(join(process.env.WORKBENCH, 'package.json'))('puppeteer-core');
const [url, folder] = process.argv.slice(2);
const patience = 60_000;
const begin = Date.now();

const browser = await launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, protocolTimeout: 2 * patience,
  args: ['--no-sandbox', '--disable-gpu'], defaultViewport: { width: 1500, height: 1100 },
});
const page = await browser.newPage();

async function press(keys) {
  const parts = keys.split('+');
  for (const k of parts.slice(0, -1)) await page.keyboard.down(k);
  await page.keyboard.press(parts.at(-1));
  for (const k of parts.slice(0, -1).reverse()) await page.keyboard.up(k);
}

// quick types into the box that a key opens, and takes the first entry.
async function quick(keys, text) {
  await press(keys);
  await page.waitForSelector('.quick-input-widget input', { visible: true, timeout: patience });
  await page.keyboard.type(text, { delay: 20 });
  await page.waitForFunction(() => document.querySelectorAll('.quick-input-list .monaco-list-row').length > 0, { timeout: patience });
  await new Promise((resolve) => setTimeout(resolve, 500)); // the list settles
  await page.keyboard.press('Enter');
}

const command = (title) => quick('F1', title);
const goTo = (line, column = 1) => quick('Control+KeyG', `${line}:${column}`.replace(/:1$/, ''));

// lens clicks on a command above a declaration.
async function lens(title) {
  await shows(`the lens ${title}`, '.codelens-decoration a', new RegExp(`^${title}$`));
  const found = await page.evaluateHandle((wanted) => [...document.querySelectorAll('.codelens-decoration a')].find((a) => a.textContent === wanted), title);
  await found.click();
}

const texts = (selector) => page.$$eval(selector, (found) => found.map((e) => e.textContent.replaceAll('\u00a0', ' ')));

// shows waits until something on the page has a text, and gives it.
async function shows(what, selector, pattern) {
  const end = Date.now() + patience;
  for (;;) {
    const found = (await texts(selector)).find((text) => pattern.test(text));
    if (found !== undefined) {
      console.log(`ok ${what} (${((Date.now() - begin) / 1000).toFixed(0)} s)`);
      return found;
    }
    if (Date.now() > end) {
      await picture('failed');
      assert.fail(`${what}: nothing like ${pattern} in ${selector}: ${JSON.stringify((await texts(selector)).slice(0, 20))}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function picture(name) {
  if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
}

try {
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 2 * patience });
  await quick('Control+KeyP', 'shop.edy');
  await page.waitForSelector('.monaco-editor .view-line', { timeout: patience });

  await shows('the grammar colours it', '.mtk1, [class^=mtk]', /^module$/);
  await shows('code lenses: run', '.codelens-decoration', /Run.*Preview 10 rows/);
  await shows('code lenses: test', '.codelens-decoration', /Test all.*Test/);
  await shows('inlay hints', '.view-line', /total = .*by customer.*\+ total: decimal/);
  await picture('open');

  await goTo(11, 18);
  await command('Show or Focus Hover');
  await shows('hover', '.monaco-hover', /customer: string/);
  await picture('hover');
  await press('Escape');

  await goTo(11, 18);
  await press('F12');
  await shows('definition, in the imported file', '.tab.active, .tab.selected', /shared\.edy/);
  await quick('Control+KeyP', 'shop.edy');

  await goTo(16, 60);
  await press('End');
  await page.keyboard.type(', ');
  await press('Control+Space');
  await shows('completion', '.suggest-widget .monaco-list-row', /^amount/);
  await press('Escape');
  await page.keyboard.type('idd');
  await shows('a mistake', '.squiggly-error, .view-overlays .squiggly-error', /^$/);
  await command('View: Focus Problems');
  await shows('the mistake in the list', '.markers-panel .monaco-list-row', /there is no column "idd".*E0202/);
  await picture('problem');
  await quick('Control+KeyP', 'shop.edy');
  for (let i = 0; i < 5; i++) await press('Backspace');

  await goTo(5);
  await press('End');
  await page.keyboard.type('   ');
  await command('Format Document');
  await shows('formatting', '.view-line', /^topic orders: .* watermark: 5s \}$/);

  await lens('Test');
  await shows('a test that passes', '.notification-list-item', /1 passed, 0 failed/);
  await goTo(23, 25);
  await press('Delete');
  await page.keyboard.type('c');
  await lens('Test');
  await shows('a test that fails', '.notification-list-item', /0 passed, 1 failed/);
  await command('View: Focus Problems');
  await shows('its rows in the list', '.markers-panel .monaco-list-row', /small orders are left out/);
  await picture('failed-test');
  await quick('Control+KeyP', 'shop.edy');
  await command('File: Save');
  await command('Test this file');
  await shows('a task in the terminal', '.single-terminal-tab, .terminal-tabs-entry', /test shop\.edy/);
  console.log('all well');
} finally {
  await picture('end');
  await browser.close();
}
