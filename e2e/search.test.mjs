// Finding clients by a typed condition: as the article does it, and with mistakes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, field;

const names = () => page.locator('tbody tr a[href^="/clients/"]').allTextContents();
const condition = () => page.getByLabel('Warunek wyszukiwania');

/** Asks, and waits until as many clients are shown. */
async function ask(text, count) {
  await condition().fill(text);
  await condition().press('Enter');
  await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);
  return (await names()).map((name) => name.trim()).sort();
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  field = (await api.post('/custom-fields', { name: 'Umowa', kind: 'checkbox' })).id;
  for (const [name, signed] of [['Anna Podpisana', true], ['Jan Odmowny', false], ['Ewa Nietknięta', undefined]]) {
    await api.post('/clients', { details: { kind: 'person', name }, custom: signed === undefined ? {} : { [field]: signed } });
  }
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('finds everybody without the tick, never touched included, with any quotation marks', async () => {
  await page.getByText('Wyszukiwanie zaawansowane').click();
  for (const text of ['“Umowa” < 1', '„Umowa” < 1', '"Umowa" < 1']) {
    assert.deepEqual(await ask(text, 2), ['Ewa Nietknięta', 'Jan Odmowny'], text);
  }
  assert.deepEqual(await ask('"Umowa" = 1', 1), ['Anna Podpisana']);
  assert.deepEqual(await violations(page), []);
});

test('a wrong name is shown in its place, and one press mends it', async () => {
  await condition().fill('"Umova" < 1');
  await condition().press('Enter');
  await page.getByText('Nie ma pola o tej nazwie.').waitFor();
  assert.equal(await page.locator('mark').textContent(), '"Umova"');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Umowa', exact: false }).filter({ hasText: 'Umowa' }).last().click();
  await page.getByText('Nie ma pola o tej nazwie.').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
});

test('an unfinished condition says so and keeps what was typed', async () => {
  await condition().fill('"Umowa" <');
  await condition().press('Enter');
  await page.getByText('Warunek jest niedokończony.').waitFor();
  assert.equal(await condition().inputValue(), '"Umowa" <');
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertFits(page, 'advanced search');
  assert.deepEqual(await violations(page), []);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
