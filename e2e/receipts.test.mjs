// Consent receipts: the organisation is filled in, a visitor keeps one, staff download one and send one by mail.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { go, setUpOwner, told } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { startServer, startSite } from './lib/server.mjs';

const WORDING = 'Wyrażam zgodę na otrzymywanie informacji handlowych firmy „Źródło” sp. z o.o. na podany adres e-mail.';

let server, mail, browser, site, context, page, complaints;
let snippet = '';

before(async () => {
  mail = await startMailServer();
  server = await startServer({
    ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`,
    ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>',
  });
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
  await mail?.stop();
});

test('the organisation is filled in', async () => {
  await setUpOwner(page, server);
  await go(page, 'Ustawienia');
  await page.getByRole('link', { name: /^Dane firmy/ }).click();
  await page.getByRole('button', { name: 'Zapisz' }).click();
  // Everything that names the controller is needed.
  assert.equal(await page.locator('.field--wrong').count(), 5);
  await page.getByRole('textbox', { name: 'Pełna nazwa' }).fill('Źródło sp. z o.o.');
  await page.getByRole('textbox', { name: 'Adres pocztowy' }).fill('ul. Przykładowa 1, 00-001 Warszawa');
  await page.getByRole('textbox', { name: 'Kraj (dwie litery)' }).fill('pl');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('dane@example.com');
  await page.getByRole('textbox', { name: 'Adres klauzuli informacyjnej' }).fill('https://example.com/prywatnosc');
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano dane firmy.');
  assert.equal(await page.getByRole('textbox', { name: 'Kraj (dwie litery)' }).inputValue(), 'PL');
});

test('a form asks for a consent', async () => {
  await go(page, 'Cele przetwarzania');
  await page.getByRole('button', { name: 'Nowy cel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter');
  await dialog.getByRole('checkbox', { name: 'Cel marketingowy' }).check();
  await dialog.getByRole('checkbox', { name: 'e-mail' }).check();
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano cel.');
  await page.getByRole('heading', { name: 'Newsletter', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Nowa treść' }).click();
  await dialog.getByRole('textbox', { name: 'Treść klauzuli' }).fill(WORDING);
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano treść klauzuli.');
  await go(page, 'Formularze');
  await page.getByRole('button', { name: 'Nowy formularz' }).click();
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter');
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('button', { name: '+Zgoda' }).click();
  const properties = page.getByRole('region', { name: 'Właściwości pola' });
  await properties.getByRole('textbox', { name: 'Etykieta' }).fill('Chcę dostawać newsletter');
  await properties.getByRole('combobox', { name: 'Cel' }).selectOption({ label: 'Newsletter' });
  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Strony, na których wolno osadzić' }).fill(site.url);
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await told(page, 'Formularz opublikowany.');
  await page.getByRole('tab', { name: 'Osadzanie' }).click();
  snippet = await page.getByText(/embed\/v1\.js/).first().textContent();
});

/** Clicks and reads the page that is saved. */
async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

test('a visitor keeps the receipt of what was ticked', async () => {
  const visitor = await newContext(browser);
  const page = await visitor.newPage();
  await page.goto(site.url);
  await page.getByLabel('Imię i nazwisko').fill('Bożydar Ćwikła');
  await page.getByLabel('Adres e-mail').fill('bozydar@example.com');
  await page.getByLabel('Wiadomość').fill('Proszę dopisać.');
  await page.getByRole('checkbox', { name: 'Chcę dostawać newsletter' }).check();
  await page.getByRole('button', { name: 'Wyślij' }).click();
  const button = page.getByRole('button', { name: 'Pobierz potwierdzenie zgody' });
  const { name, text } = await saved(page, () => button.click());
  assert.equal(name, 'potwierdzenie-zgody.html');
  assert.ok(text.includes(WORDING) && text.includes('dane@example.com') && text.includes('Źródło sp. z o.o.'));
  assert.ok(!text.includes('bozydar'), 'it names nobody');
  assert.deepEqual(await visitor.cookies(), []);
  // It opens by itself, with nothing fetched.
  await page.setContent(text);
  await page.getByRole('heading', { name: 'Potwierdzenie zgody' }).waitFor();
  await page.getByText(WORDING).waitFor();
  await visitor.close();
});

const consent = () => page.getByRole('article', { name: 'Newsletter · e-mail' });

test('staff download the receipt from the card', async () => {
  await go(page, 'Klienci');
  await page.getByRole('link', { name: 'Bożydar Ćwikła' }).click();
  await consent().getByRole('button', { name: 'Potwierdzenie' }).click();
  const { name, text } = await saved(page, () => page.getByRole('menuitem', { name: 'Pobierz' }).click());
  assert.match(name, /^potwierdzenie-\d{4}-\d\d-\d\d\.html$/);
  assert.ok(text.includes(WORDING));
  await told(page, 'Pobrano potwierdzenie.');
});

test('staff send it to the client', async () => {
  await consent().getByRole('button', { name: 'Potwierdzenie' }).click();
  await page.getByRole('menuitem', { name: 'Wyślij klientowi e-mailem' }).click();
  await told(page, 'Potwierdzenie zostanie wysłane.');
  const message = await mail.next();
  assert.deepEqual(message.to, ['bozydar@example.com']);
  assert.match(message.raw, /Content-Disposition: attachment; filename="potwierdzenie-[0-9-]+\.html"/);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
