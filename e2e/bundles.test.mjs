// The pages come in bundles: nobody downloads another one before it is needed, and nobody notices the seam.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go, signIn } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';

let server, browser, context, page, complaints;

/** The bundles whose program was asked for since the last call. */
let asked = new Set();
const bundles = () => {
  const names = [...asked].sort();
  asked = new Set();
  return names;
};

const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();

before(async () => {
  server = await startServer();
  await Api.setUp(server);
  browser = await startBrowser();
  context = await newContext(browser);
  // Asking who is signed in is answered 401 before anybody is.
  complaints = watch(context, [server.url], (text) => /status of 401/.test(text));
  context.on('request', (request) => {
    const [, bundle] = /\/(\w+)-[0-9a-f]+\.wasm$/.exec(request.url()) ?? [];
    if (bundle) asked.add(bundle);
  });
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('who is not signed in is sent from one bundle to the other', async () => {
  await page.goto(`${server.url}/settings/fields`);
  await heading('Zaloguj się');
  assert.equal(page.url(), `${server.url}/login`);
});

test('a first visit downloads the pages before signing in alone', async () => {
  await page.goto('about:blank');
  bundles();
  await page.goto(server.url);
  await heading('Zaloguj się');
  assert.equal(page.url(), `${server.url}/login`);
  assert.deepEqual(bundles(), ['entry']);
});

test('a language chosen before signing in is still spoken after it', async () => {
  const visitor = await newContext(browser);
  try {
    const first = await visitor.newPage();
    await first.goto(`${server.url}/login`);
    await first.getByRole('button', { name: /English/ }).click();
    await first.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
    await first.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await first.getByRole('button', { name: 'Sign in', exact: true }).click();
    await first.getByRole('heading', { name: 'Clients', level: 1 }).waitFor();
    await first.getByRole('button', { name: /^Account/ }).click();
    await first.getByRole('menuitem', { name: /Polski/ }).click();
    await first.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
    await first.waitForLoadState('networkidle');
  } finally {
    await visitor.close();
  }
});

test('everyday work needs the main bundle alone', async () => {
  await page.goto('about:blank');
  bundles();
  await signIn(page, server);
  assert.deepEqual(bundles(), ['app', 'entry']);
  await page.goto(server.url);
  await heading('Klienci');
  bundles();
  await go(page, 'Formularze');
  assert.deepEqual(bundles(), ['forms']);
  await go(page, 'Klienci');
  assert.deepEqual(bundles(), ['app']);
  await go(page, 'Importy');
  assert.deepEqual(bundles(), ['imports']);
  await go(page, 'Zadania w tle');
  assert.deepEqual(bundles(), ['data']);
  await go(page, 'Zgłoszenia');
  assert.deepEqual(bundles(), [], 'one page for the whole bundle');
});

test('links lead to the other bundle and on within it; Back leads back', async () => {
  await go(page, 'Cele przetwarzania');
  assert.deepEqual(bundles(), ['privacy']);
  await go(page, 'Ustawienia');
  assert.deepEqual(bundles(), ['office']);
  await page.evaluate(() => { window.marked = true; });
  await page.getByRole('link', { name: /^Dodatkowe pola/ }).click();
  await heading('Dodatkowe pola');
  assert.equal(await page.evaluate(() => window.marked), true, 'one page for the whole bundle');
  await page.goBack();
  await heading('Ustawienia');
  await page.goBack();
  await heading('Cele przetwarzania');
  await page.goBack();
  await heading('Zgłoszenia');
  await page.goForward();
  await heading('Cele przetwarzania');
  await go(page, 'Klienci');
});

test('a menu leads to the other bundle', async () => {
  await page.getByRole('button', { name: 'Ustawienia listy' }).click();
  await page.getByRole('menuitem', { name: 'Zarządzaj polami' }).click();
  await heading('Dodatkowe pola');
  assert.equal(page.url(), `${server.url}/settings/fields`);
});

test('unsaved work is asked about once before the other bundle is loaded', async () => {
  await page.goto(`${server.url}/clients/new`);
  const name = page.getByRole('textbox', { name: 'Nazwa' });
  await name.fill('Wanda Niezapisana');
  const questions = [];
  let answer = false;
  page.on('dialog', async (dialog) => {
    questions.push(dialog.type());
    await (answer ? dialog.accept() : dialog.dismiss());
  });
  const link = page.getByRole('navigation').getByRole('link', { name: 'Ustawienia' });
  await link.click();
  assert.equal(await name.inputValue(), 'Wanda Niezapisana');
  answer = true;
  await link.click();
  await heading('Ustawienia');
  assert.deepEqual(questions, ['confirm', 'confirm']);
});

test('signing out in the other bundle leads to the sign-in page', async () => {
  await page.getByRole('button', { name: /^Konto/ }).click();
  await page.getByRole('menuitem', { name: 'Wyloguj się' }).click();
  await heading('Zaloguj się');
  await page.goto(`${server.url}/privacy/activity`);
  await heading('Zaloguj się');
});

test('the seam has no page of its own, and unknown addresses say so', async () => {
  for (const path of ['/office.html', '/forms.html', '/app.html', '/data.html', '/imports.html', '/privacy.html', '/staff.html', '/index.html', '/privacyx']) {
    assert.equal((await fetch(server.url + path)).status, 404, path);
  }
  await signIn(page, server);
  for (const path of ['/account/unknown', '/settings/unknown']) {
    await page.goto(server.url + path);
    await page.getByRole('link', { name: 'Wróć do klientów' }).waitFor();
  }
  await page.getByRole('link', { name: 'Wróć do klientów' }).click();
  await heading('Klienci');
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
