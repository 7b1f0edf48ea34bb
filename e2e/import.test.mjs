// Clients from a file: read, mapped, checked, put right, imported, and the whole import taken back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertFits, go, section, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, anna;

const IGA = { name: 'Iga Inspektor', email: 'iga@firma.example', password: 'pomarańczowy most zimą' };

const POLISH = { Ł: 0xa3, ł: 0xb3, ó: 0xf3, Ó: 0xd3, ź: 0x9f, Ź: 0x8f, ż: 0xbf, Ż: 0xaf, ń: 0xf1, ś: 0x9c, Ś: 0x8c, ć: 0xe6, ę: 0xea, ą: 0xb9 };
const windows1250 = (text) => Buffer.from([...text].map((letter) => POLISH[letter] ?? letter.charCodeAt(0)));

/** As an older program saves it: Windows-1250, with semicolons. */
const FILE = windows1250([
  'Nazwa;E-mail;NIP;Miasto;Ulubiony kolor;Newsletter',
  'Łucja Żak;lucja@example.com;;Łódź;zielony;tak',
  'Jan Pomyłka;jan(at)example.com;;Kielce;;nie',
  'Piekarnia Źródło;biuro@example.com;123;Kraków;;',
  'Anna Znana;ANNA@example.com;;Gdańsk;niebieski;tak',
].join('\r\n'));

const step = (name) => page.getByRole('heading', { name, level: 2 }).waitFor();
const next = (name) => page.getByRole('button', { name }).click();
const becomes = (name) => page.getByLabel(`Kolumna ${name} staje się`, { exact: true });
const tally = async (label) => Number(await page.locator('.tally__one').filter({ has: page.getByText(label, { exact: true }) }).locator('dd').innerText());
const names = async () => (await api.clients()).map(({ name }) => name).sort();

/** Another window and other colours. */
async function look(width, colorScheme) {
  await page.setViewportSize({ width, height: 780 });
  await page.emulateMedia({ colorScheme });
}

async function fitsAPhone(what) {
  await look(360, 'dark');
  await assertFits(page, what);
  assert.deepEqual(await violations(page), [], what);
  await look(1280, 'light');
  assert.deepEqual(await violations(page), [], what);
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  await server.addOwner(IGA);
  await api.post('/purposes', { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email'] });
  anna = (await api.post('/clients', { details: { kind: 'person', name: 'Anna Znana', email: 'anna@example.com', city: 'Sopot' }, custom: {} })).id;
  browser = await startBrowser();
  context = await newContext(browser, { reducedMotion: 'reduce' });
  complaints = watch(context, [server.url], (text) => /status of (401|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a file that is none is refused with what to do, and the next one is taken', async () => {
  await go(page, 'Importy');
  await page.getByText('XLSX, XLS, ODS, CSV, vCard albo JSON', { exact: false }).waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Pobierz wzór' }).click();
  assert.match(await readFile(await (await saved).path(), 'utf8'), /^\uFEFFNazwa;/);
  await fitsAPhone('imports');
  const input = page.locator('input[type=file]');
  await input.setInputFiles({ name: 'zdjecie.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK\x03\x04 nothing of the kind') });
  await page.getByText('Tego pliku nie da się odczytać', { exact: false }).waitFor();
  await input.setInputFiles({ name: 'klienci.csv', mimeType: 'text/csv', buffer: FILE });
  await step('Co odczytano z pliku');
  assert.match(page.url(), /\/imports\/[0-9a-f-]{36}$/);
});

test('what was read is shown, and can be read another way', async () => {
  await page.getByText('CSV · 5 wierszy · 6 kolumn').waitFor();
  assert.equal(await page.getByLabel('Kodowanie liter').inputValue(), 'windows_1250');
  await page.getByRole('cell', { name: 'Łucja Żak' }).waitFor();
  await page.getByLabel('Co rozdziela kolumny').selectOption('przecinek');
  await page.getByText('CSV · 5 wierszy · 1 kolumna').waitFor();
  await page.getByLabel('Co rozdziela kolumny').selectOption('średnik');
  await page.getByText('CSV · 5 wierszy · 6 kolumn').waitFor();
  assert.equal(await page.getByLabel('Wiersz z nazwami kolumn').inputValue(), '1');
  await fitsAPhone('what was read');
});

test('columns are recognised; for one that has no place a field is made on the way', async () => {
  await next('Dalej: kolumny');
  await step('Czym są kolumny?');
  // Whoever uses the keyboard is where the step begins.
  await page.waitForFunction(() => document.activeElement?.id === 'step');
  const chosen = (name) => becomes(name).evaluate((select) => select.selectedOptions[0].textContent);
  assert.deepEqual([await chosen('Nazwa'), await chosen('E-mail'), await chosen('Ulubiony kolor')], ['Nazwa', 'E-mail', '— pomiń —']);
  assert.match(await chosen('Newsletter'), /^Newsletter/);
  await page.getByText('Zgoda z pliku to tylko deklaracja', { exact: false }).waitFor();
  await page.getByText('zielony', { exact: true }).waitFor();
  // Of two columns for one field it is told here, at both, and not a step later.
  await becomes('Ulubiony kolor').selectOption('Miasto');
  for (const name of ['Miasto', 'Ulubiony kolor']) assert.equal(await becomes(name).getAttribute('aria-invalid'), 'true', name);
  await next('Dalej: pochodzenie');
  await page.getByRole('alert').getByRole('link', { name: 'Ulubiony kolor' }).waitFor();
  await step('Czym są kolumny?');
  await fitsAPhone('a field twice');
  await becomes('Ulubiony kolor').selectOption('Utwórz nowe pole…');
  await page.getByRole('button', { name: 'Utwórz pole' }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('.mapped select')].some((select) => select.selectedOptions[0]?.textContent === 'Ulubiony kolor'));
  await fitsAPhone('columns');
});

test('source and basis are asked for, and nothing typed is lost on the way', async () => {
  await next('Dalej: pochodzenie');
  await step('Skąd są te dane?');
  await page.getByLabel('Źródło').fill('Lista uczestników targów w Kielcach');
  await next('Sprawdź wszystkie wiersze');
  await page.getByText('Popraw zaznaczone pola.').waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  await fitsAPhone('origin');
  await page.getByRole('button', { name: 'Wstecz' }).click();
  await next('Dalej: pochodzenie');
  assert.equal(await page.getByLabel('Źródło').inputValue(), 'Lista uczestników targów w Kielcach');
  await page.getByLabel('Od kiedy masz te dane').fill('2026-05-01');
  await page.getByRole('button', { name: 'Umowa z klientem', exact: false }).click();
  assert.ok(await page.getByRole('radio', { name: /Pomiń wiersz/ }).isChecked());
  assert.equal(await page.getByLabel('Po czym rozpoznać klienta').inputValue(), 'email');
  await next('Sprawdź wszystkie wiersze');
  await step('Wynik sprawdzenia');
});

test('every row is checked before anything is made; cells are put right in their place', async () => {
  assert.deepEqual([await tally('Nowe karty'), await tally('Już w bazie'), await tally('Wiersze z problemami')], [1, 1, 2]);
  assert.deepEqual(await names(), ['Anna Znana']);
  await fitsAPhone('the check');
  const jan = page.getByRole('form', { name: 'Wiersz 3' });
  assert.equal(await jan.getByLabel('E-mail').getAttribute('aria-invalid'), 'true');
  await jan.getByLabel('E-mail').fill('jan.zly');
  await jan.getByLabel('E-mail').press('Enter');
  await jan.getByText('Do poprawy').waitFor();
  await jan.getByLabel('E-mail').fill('jan@example.com');
  await jan.getByLabel('E-mail').press('Enter');
  await jan.getByText('Gotowy').waitFor();
  assert.deepEqual([await tally('Nowe karty'), await tally('Wiersze z problemami')], [2, 1]);
  // A no in the file is no answer, and nobody should think so.
  await page.getByText('1 wiersz mówi „nie” w kolumnie zgody').waitFor();
  await page.getByText('To niczego nie zmienia.', { exact: false }).waitFor();
  // Without a word about it, rows with problems are not left out.
  await next('Uruchom import');
  await page.locator('.field__problem').last().waitFor();
  const bakery = page.getByRole('form', { name: 'Wiersz 4' });
  await bakery.getByRole('button', { name: 'Pomiń wiersz' }).click();
  await bakery.getByText('Pominięty', { exact: true }).waitFor();
  assert.equal(await tally('Pominięte ręcznie'), 1);
});

test('it runs, and tells of each row what became of it', async () => {
  await next('Uruchom import');
  await page.getByText('Gotowe', { exact: true }).waitFor();
  assert.equal(await tally('Zaimportowane'), 2);
  await page.getByRole('cell', { name: 'Już w bazie' }).waitFor();
  assert.equal(await page.getByRole('cell', { name: 'Nowa karta' }).count(), 2);
  await fitsAPhone('the report');
  assert.deepEqual(await names(), ['Anna Znana', 'Jan Pomyłka', 'Łucja Żak']);
  const { id } = (await api.clients()).find(({ name }) => name === 'Łucja Żak');
  const card = await api.get(`/clients/${id}`);
  assert.deepEqual(Object.values(card.custom).filter((value) => value === 'zielony'), ['zielony']);
  assert.deepEqual(card.consents.map(({ status, grade }) => [status, grade]), [['requested', 'd']]);
  assert.equal((await api.get(`/clients/${anna}`)).details.city, 'Sopot');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Pobierz raport wierszy' }).click();
  const report = await readFile(await (await saved).path(), 'utf8');
  // As a spreadsheet in Polish opens it.
  assert.match(report, /^\ufeff"wiersz";"wynik";/);
  assert.match(report, /Piekarnia Źródło/);
});

test('on the card stands where it came from', async () => {
  await page.getByRole('link', { name: /^Otwórz kartę: Wiersz 2$/ }).click();
  await page.getByRole('heading', { name: 'Łucja Żak', level: 1 }).waitFor();
  const origin = section(page, 'Pochodzenie danych');
  await origin.getByText('Lista uczestników targów w Kielcach').waitFor();
  await origin.getByText('Umowa z klientem', { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
});

test('the whole import is undone, but for the card that somebody went on with', async () => {
  const { id } = (await api.clients()).find(({ name }) => name === 'Jan Pomyłka');
  const answer = await api.call('GET', `/api/v1/clients/${id}`);
  const { details, custom } = await answer.json();
  await api.must('PUT', `/api/v1/clients/${id}`, { details: { ...details, city: 'Radom' }, custom }, { 'if-match': answer.headers.get('etag') });
  await go(page, 'Importy');
  await page.getByRole('link', { name: 'Zobacz wynik' }).click();
  await page.getByRole('button', { name: 'Cofnij cały import' }).click();
  const sure = page.getByRole('dialog', { name: 'Cofnąć cały import?' });
  await sure.getByRole('button', { name: 'Cofnij cały import' }).click();
  await page.getByText(/^Cofnięto:/).waitFor();
  // The report says so too, and leads to no card that is gone.
  await page.getByText('Ten import cofnięto', { exact: false }).waitFor();
  assert.equal(await page.getByRole('cell', { name: 'Nowa karta (import cofnięto)' }).count(), 2);
  assert.equal(await page.getByRole('link', { name: /^Otwórz kartę: Wiersz [23]$/ }).count(), 0);
  assert.equal(await page.getByRole('link', { name: /^Otwórz kartę: Wiersz 5$/ }).count(), 1);
  await page.getByRole('heading', { name: 'Zostali, jacy są' }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Jan Pomyłka' }).getByText('ktoś pracował z kartą po imporcie').waitFor();
  assert.deepEqual(await names(), ['Anna Znana', 'Jan Pomyłka']);
  await fitsAPhone('undone');
  await go(page, 'Importy');
  await page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Zobacz wynik' }) }).getByText('Cofnięty', { exact: true }).waitFor();
});

test('a file with the same columns is mapped as the last one; discarded, it leaves nothing', async () => {
  await go(page, 'Importy');
  await page.locator('input[type=file]').setInputFiles({ name: 'drugi.csv', mimeType: 'text/csv', buffer: FILE });
  await step('Co odczytano z pliku');
  await page.getByText('Plik z takimi kolumnami już importowano', { exact: false }).waitFor();
  await go(page, 'Importy');
  const row = page.getByRole('row').filter({ hasText: 'drugi.csv' });
  await row.getByRole('button', { name: 'Porzuć: drugi.csv' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Porzuć' }).click();
  await row.waitFor({ state: 'detached' });
});

test('tags that a file asks for and that there are not are made with one press', async () => {
  await go(page, 'Importy');
  await page.locator('input[type=file]').setInputFiles({
    name: 'tagi.csv', mimeType: 'text/csv', buffer: Buffer.from('Nazwa;Tagi\nJan Otagowany;Targi, VIP\nEwa Bez;\n'),
  });
  await step('Co odczytano z pliku');
  await next('Dalej: kolumny');
  await step('Czym są kolumny?');
  await next('Dalej: pochodzenie');
  await step('Skąd są te dane?');
  await page.getByRole('radio', { name: /Zawsze twórz nową kartę/ }).check();
  await page.getByLabel('Źródło').fill('Wizytówki z targów');
  await page.getByLabel('Od kiedy masz te dane').fill('2026-01-02');
  await page.getByRole('button', { name: 'Umowa z klientem', exact: false }).click();
  await next('Sprawdź wszystkie wiersze');
  await step('Wynik sprawdzenia');
  assert.equal(await tally('Wiersze z problemami'), 1);
  await page.getByRole('heading', { name: 'Tagi, których jeszcze nie ma' }).waitFor();
  await fitsAPhone('missing tags');
  await page.getByRole('button', { name: 'Utwórz brakujące tagi: 2' }).click();
  await page.getByRole('heading', { name: 'Tagi, których jeszcze nie ma' }).waitFor({ state: 'detached' });
  assert.equal(await tally('Wiersze z problemami'), 0);
  assert.deepEqual((await api.get('/tags')).map(({ name }) => name).sort(), ['Targi', 'VIP']);
});

test('whoever opens cards for a reason is told, where it is chosen, that nobody is recognised for them', async () => {
  const { id, name } = (await api.get('/accounts')).find(({ email }) => email === IGA.email);
  const rights = { view_clients: 'all', create_clients: 'all', edit_clients: 'all', import_clients: 'all' };
  const { id: role_id } = await api.post('/roles', { name: 'Z powodem', definition: { rights, needs_reason: true } });
  await api.must('PUT', `/api/v1/accounts/${id}`, { name, role_id, department_ids: [] });
  const hers = await newContext(browser, { reducedMotion: 'reduce' });
  const more = watch(hers, [server.url], (text) => /status of (401|422)/.test(text));
  const owners = page;
  page = await hers.newPage();
  await signIn(page, server, IGA);
  await go(page, 'Importy');
  await page.locator('input[type=file]').setInputFiles({
    name: 'adresy.csv', mimeType: 'text/csv', buffer: Buffer.from('Nazwa;E-mail\nAnna Inna;anna@example.com\n'),
  });
  await step('Co odczytano z pliku');
  await next('Dalej: kolumny');
  await step('Czym są kolumny?');
  await next('Dalej: pochodzenie');
  await step('Skąd są te dane?');
  await page.getByLabel('Źródło').fill('Wizytówki z targów');
  await page.getByLabel('Od kiedy masz te dane').fill('2026-01-02');
  await page.getByRole('button', { name: 'Umowa z klientem', exact: false }).click();
  await next('Sprawdź wszystkie wiersze');
  const choice = page.getByLabel('Po czym rozpoznać klienta');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  assert.equal(await choice.getAttribute('aria-invalid'), 'true');
  assert.match(await page.locator('#field-match_by-problem').innerText(), /nie można po nim szukać/);
  await fitsAPhone('a refused choice');
  await page.getByRole('radio', { name: /Zawsze twórz nową kartę/ }).check();
  await next('Sprawdź wszystkie wiersze');
  await step('Wynik sprawdzenia');
  assert.equal(await tally('Wiersze z problemami'), 0);
  assert.deepEqual(more, []);
  await hers.close();
  page = owners;
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
