// Opens the playground in Chromium with every other host out of reach, runs a query and opens what can be opened.
// Fails on a violation of the content policy, on a request to another host, on an error in the page.
//
//   npm ci && node browser.mjs http://127.0.0.1:8080/graphql [SCREENSHOT.png]
//
// CHROMIUM is the browser's path, /usr/bin/chromium by default. Needs nothing of the schema but `__typename`.

import { chromium } from 'playwright-core';

const [url, screenshot] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node browser.mjs URL [SCREENSHOT.png]');
  process.exit(2);
}
const { origin } = new URL(url);
const problems = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.route('**/*', route => {
  const target = route.request().url();
  if (target.startsWith(`${origin}/`) || target.startsWith('data:')) return route.continue();
  problems.push(`request to ${target}`);
  return route.abort();
});
page.on('pageerror', error => problems.push(`exception: ${error}`));
page.on('console', message => message.type() === 'error' && problems.push(`console: ${message.text()}`));
page.on('response', response => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`));

await page.goto(url, { waitUntil: 'networkidle' });
await page.click('.graphiql-execute-button');
await page.waitForFunction(() => document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes('__typename'));
await page.click('button[aria-label*="Documentation Explorer"]');
await page.waitForSelector('.graphiql-doc-explorer-type-name');
for (const dialog of ['Open settings dialog', 'Open short keys dialog']) {
  await page.click(`button[aria-label="${dialog}"]`);
  await page.waitForSelector('.graphiql-dialog');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.graphiql-dialog', { state: 'detached' });
}
if (screenshot !== undefined) await page.screenshot({ path: screenshot });
await browser.close();

for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? 'the playground works, offline and within its policy' : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
