// A consent from its purpose to its withdrawal, with the evidence in between.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go, setUpOwner, told } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer, startSite } from './lib/server.mjs';

const WORDING = 'Wyrażam zgodę na otrzymywanie na podany adres e-mail informacji handlowych firmy „Źródło” sp. z o.o.';
const NAME = 'Bożydar Ćwikła';

let server, browser, site, context, page, complaints;
let snippet = '';

before(async () => {
  server = await startServer();
  site = await startSite({ '/': () => ({ body: snippet }) });
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|422)/.test(text));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

test('a purpose and its wording', async () => {
  await setUpOwner(page, server);
  await go(page, 'Cele przetwarzania');
  await page.getByRole('button', { name: 'Nowy cel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter');
  await dialog.getByRole('checkbox', { name: 'Cel marketingowy' }).check();
  await dialog.getByRole('checkbox', { name: 'e-mail' }).check();
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano cel.');
  // One channel: its page is next.
  await page.getByRole('heading', { name: 'Newsletter', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Nowa treść' }).click();
  await dialog.getByRole('textbox', { name: 'Treść klauzuli' }).fill(WORDING);
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano treść klauzuli.');
  await page.getByRole('region', { name: 'Polski · każdy kanał' }).getByText(WORDING).waitFor();
});

test('a form with +Zgoda, which cannot be required', async () => {
  await go(page, 'Formularze');
  await page.getByRole('button', { name: 'Nowy formularz' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter');
  await page.getByRole('dialog').getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('button', { name: '+Zgoda' }).click();
  const properties = page.getByRole('region', { name: 'Właściwości pola' });
  await properties.getByRole('textbox', { name: 'Etykieta' }).fill('Chcę dostawać newsletter');
  await properties.getByRole('checkbox', { name: 'Wymagane' }).check();
  await properties.getByRole('combobox', { name: 'Cel' }).selectOption({ label: 'Newsletter' });
  await properties.getByText(WORDING).waitFor();
  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Strony, na których wolno osadzić' }).fill(site.url);
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await page.getByText('Zgoda marketingowa nie może być wymagana (art. 7 ust. 4 RODO).').first().waitFor();
  await properties.getByRole('checkbox', { name: 'Wymagane' }).uncheck();
  assert.equal(await properties.getByRole('checkbox', { name: 'Wymagane' }).isDisabled(), true);
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await told(page, 'Formularz opublikowany.');
  await page.getByRole('tab', { name: 'Osadzanie' }).click();
  snippet = await page.getByText(/embed\/v1\.js/).first().textContent();
});

let sentAt;

test('a visitor ticks it', async () => {
  const visitor = await newContext(browser);
  const page = await visitor.newPage();
  await page.goto(site.url);
  await page.getByLabel('Imię i nazwisko').fill(NAME);
  await page.getByLabel('Adres e-mail').fill('bozydar@example.com');
  await page.getByLabel('Wiadomość').fill('Proszę dopisać.');
  assert.equal(await page.getByText(WORDING).isVisible(), true);
  const tick = page.getByRole('checkbox', { name: 'Chcę dostawać newsletter' });
  assert.equal(await tick.isChecked(), false);
  await tick.check();
  sentAt = Date.now();
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByRole('status').filter({ hasText: 'Dziękujemy' }).waitFor();
  await visitor.close();
});

const consent = () => page.getByRole('article', { name: 'Newsletter · e-mail' });

test('the card shows the state and the evidence', async () => {
  await go(page, 'Klienci');
  await page.getByRole('link', { name: NAME }).click();
  await consent().getByText('Udzielona', { exact: true }).waitFor();
  await consent().getByText('1 zdarzenie').click();
  const given = consent().getByRole('listitem').filter({ hasText: 'Udzielono zgody' });
  assert.equal(await given.locator('blockquote').textContent(), WORDING);
  const text = await given.textContent();
  for (const expected of [/wersja 1/, new RegExp(site.url.replaceAll('.', '\\.')), /zaznaczenie w formularzu/, /Chcę dostawać newsletter/, /127\.0\.0\.1|::1/, /SHA-256 [0-9a-f]{64}/]) {
    assert.match(text, expected);
  }
  const at = Date.parse(await given.locator('time').first().getAttribute('datetime'));
  assert.ok(Math.abs(at - sentAt) < 60_000, 'the moment of the tick');
});

test('Wycofaj adds to the ledger', async () => {
  await page.getByRole('button', { name: /^Wycofaj: Newsletter/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Wycofanie zgody' });
  await dialog.getByRole('textbox', { name: 'Jak klient to powiedział?' }).fill('telefonicznie');
  await dialog.getByRole('button', { name: 'Wycofaj', exact: true }).click();
  await told(page, 'Zgoda została wycofana.');
  await consent().getByText('Wycofana', { exact: true }).waitFor();
  // The ledger was open, and still is.
  await consent().getByText('2 zdarzenia').waitFor();
  await consent().getByRole('listitem').filter({ hasText: 'Wycofano zgodę' }).waitFor();
  const events = await consent().getByRole('listitem').allTextContents();
  assert.equal(events.length, 2);
  assert.match(events[0], /Wycofano zgodę.*telefonicznie/s);
  assert.ok(events[1].includes('Udzielono zgody') && events[1].includes(WORDING));
  assert.equal(await consent().getByRole('button', { name: /^Wycofaj/ }).count(), 0);
});

test('the column of the list shows it too', async () => {
  await go(page, 'Klienci');
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  await page.getByRole('checkbox', { name: 'Newsletter' }).check();
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: new RegExp(NAME) }).getByRole('cell', { name: 'Wycofana' }).waitFor();
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
