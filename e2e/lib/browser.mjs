// The system's Chromium, and a watch over what its pages complain about.
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** A browser with an empty profile of its own. */
export async function startBrowser() {
  accessSync(executablePath, constants.X_OK);
  // Chromium itself crashes now and then while it starts; a second time in a row it is no accident.
  return launch().catch(launch);
}

function launch() {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A context with Polish settings. */
export async function newContext(browser, options = {}) {
  const context = await browser.newContext({ locale: 'pl-PL', timezoneId: 'Europe/Warsaw', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(20_000);
  return context;
}

/**
 * Notes everything that must not happen on the context's pages: console errors (which include violations of the
 * content security policy), uncaught exceptions, requests to other hosts than `hosts`.
 * `expected` filters what a story provokes on purpose, for example the line about a refused request.
 */
export function watch(context, hosts, expected = () => false) {
  const complaints = [];
  const note = (text) => { if (!expected(text)) complaints.push(text); };
  context.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/i.test(message.text())) {
      note(`console at ${message.page()?.url()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => note(`exception: ${error.error()?.stack}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:', 'about:'].includes(url.protocol) && !hosts.includes(url.origin)) note(`foreign request: ${url.href}`);
  });
  return complaints;
}
