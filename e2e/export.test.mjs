// Taking clients out of the list: as delimited text and as a workbook, with a reason when they are many.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { assertFits, go, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints;

const dialog = () => page.getByRole('dialog', { name: 'Eksport klientów' });
const open = async () => {
  await page.getByRole('button', { name: 'Eksportuj', exact: true }).first().click();
  await dialog().getByText('Do eksportu').waitFor();
};
const make = (name, more = {}) => api.post('/clients', { details: { kind: 'person', name, ...more }, custom: {} });

/** Presses the button that fetches a file, and reads what arrives. */
async function fetched(button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  await make('Anna Przykładowa', { email: 'anna@example.com', phone: '+48 600 100 200', city: 'Łódź' });
  await make('=1+1');
  browser = await startBrowser();
  context = await newContext(browser, { acceptDownloads: true });
  complaints = watch(context, [server.url], (text) => /status of (401|403|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('what the list shows becomes text that a Polish spreadsheet opens, and no formula', async () => {
  await open();
  await dialog().getByText('2 klienci').waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel('Dodano').uncheck();
  await dialog().getByLabel('Format').selectOption({ label: 'Tekst rozdzielany (CSV)' });
  await dialog().getByLabel('Separator').waitFor();
  await dialog().getByRole('button', { name: 'Eksportuj' }).click();
  await dialog().getByText('Plik jest gotowy').waitFor();
  assert.deepEqual(await violations(page), []);
  const file = await fetched(dialog().getByRole('button', { name: 'Pobierz plik' }));
  assert.match(file.name, /^klienci-\d{4}-\d\d-\d\d\.csv$/);
  const lines = file.content.toString('utf8').split('\r\n');
  assert.equal(lines[0], '\u{feff}"Nazwa";"E-mail";"Telefon";"Miasto"');
  assert.ok(lines.includes(`"'=1+1";"";"";""`), lines.join('|'));
  assert.ok(lines.some((line) => line.startsWith('"Anna Przykładowa";"anna@example.com";"\'+48') && line.endsWith('"Łódź"')));
  assert.equal(lines.length, 4);
});

test('the file stands in the background jobs too', async () => {
  await dialog().getByRole('link', { name: 'Zadania w tle' }).click();
  const row = page.locator('tbody tr').filter({ hasText: 'Eksport klientów' });
  await row.getByText('Gotowe').waitFor();
  await row.getByText('2 z 2').waitFor();
  const file = await fetched(row.getByRole('button', { name: 'Pobierz plik' }));
  assert.match(file.content.toString('utf8'), /Anna Przykładowa/);
});

test('for more than a hundred clients it asks why, and the log keeps it', async () => {
  for (let at = 0; at < 100; at++) await make(`Osoba ${at}`);
  await go(page, 'Klienci');
  await open();
  await dialog().getByText('102 klienci').waitFor();
  await dialog().getByRole('button', { name: 'Eksportuj' }).click();
  assert.equal(await dialog().getByLabel('Po co ten eksport?').getAttribute('aria-invalid'), 'true');
  await dialog().getByLabel('Po co ten eksport?').fill('Przegląd roczny');
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole('button', { name: 'Eksportuj' }).click();
  await dialog().getByText('Plik jest gotowy').waitFor();
  const file = await fetched(dialog().getByRole('button', { name: 'Pobierz plik' }));
  assert.match(file.name, /\.xlsx$/);
  assert.equal(file.content.subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  await dialog().getByRole('button', { name: 'Zamknij' }).first().click();

  const events = (await api.get('/audit-events?action=clients_exported')).items;
  assert.equal(events.length, 2);
  const told = (await api.get(`/audit-events/${events[0].id}`)).changes;
  assert.deepEqual(told.find(({ field }) => field === 'reason').after, 'Przegląd roczny');
  assert.deepEqual(told.find(({ field }) => field === 'count').after, 102);
});

test('the activity tells what was taken out in words', async () => {
  await page.goto(`${server.url}/privacy/activity?action=clients_exported`);
  await page.getByRole('button', { name: 'Szczegóły' }).first().click();
  const details = page.getByRole('dialog', { name: 'Szczegóły' });
  await details.getByRole('row', { name: 'Powód – Przegląd roczny' }).waitFor();
  for (const told of ['Format – XLSX', 'Ilu klientów – 102', 'Klienci – wszyscy, bez warunków']) {
    assert.equal(await details.getByRole('row', { name: told }).count(), 1, told);
  }
  assert.deepEqual(await violations(page), []);
  await page.goto(`${server.url}/clients`);
  await page.getByText('102 klienci').waitFor();
});

test('what waited for a proof goes on by itself once it is shown', async () => {
  // Five minutes later, as far as the app can tell.
  let late = true;
  await page.route('**/clients/export', (route) => {
    if (!late) return route.continue();
    late = false;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/step-up-needed', title: '', status: 403, code: 'step-up-needed' }),
    });
  });
  await open();
  await dialog().getByLabel('Po co ten eksport?').fill('Przegląd');
  await dialog().getByRole('button', { name: 'Eksportuj' }).click();
  const proof = page.getByRole('dialog', { name: 'Potwierdź, że to Ty' });
  await proof.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  await proof.getByRole('button', { name: 'Potwierdź' }).click();
  await dialog().getByText('Plik jest gotowy').waitFor();
  assert.equal(await page.getByText('Potwierdź najpierw').count(), 0);
  await dialog().getByRole('button', { name: 'Zamknij' }).first().click();
});

test('only whom the list is narrowed down to is taken out', async () => {
  await page.getByLabel('Szukaj klientów').fill('4 osob');
  // Each word anywhere in the name.
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 19);
  await open();
  await dialog().getByText('19 klientów').waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await open();
  await assertFits(page, 'export');
  assert.deepEqual(await violations(page), []);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
