// The box above every page: finding a client by a few letters, a number or a mistyped name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, go, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

const FILIP = { name: 'Filip Formularzowy', email: 'filip@firma.example', password: 'srebrny parasol w lesie' };

let server, api, browser, context, page, complaints;

const box = () => page.getByRole('combobox', { name: 'Szybkie wyszukiwanie' });
const found = () => page.getByRole('option');
const marks = (name) => found().filter({ hasText: name }).locator('mark').allTextContents();

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  for (const details of [
    { name: 'Anna Źdźbło', email: 'a.zdzblo@example.com', city: 'Kielce' },
    { name: 'Jan Kowalski', mobile_phone: '+48 600 100 200', pesel: '44051401359' },
    { kind: 'company', name: 'Piekarnia Poranek', nip: '5260001246' },
  ]) {
    await api.post('/clients', { details: { kind: 'person', ...details }, custom: {} });
  }
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of 401/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('by the keyboard alone: a key, a few letters, and the card', async () => {
  await page.getByRole('link', { name: 'Anna Źdźbło' }).waitFor();
  await page.keyboard.press('/');
  await page.getByText('Pola zaszyfrowane, np. PESEL: tylko cała wartość.').waitFor();
  await page.keyboard.type('zdzb');
  await found().filter({ hasText: 'Anna Źdźbło' }).waitFor();
  assert.deepEqual(await marks('Anna Źdźbło'), ['Źdźb']);
  assert.equal(await box().getAttribute('aria-activedescendant'), await found().first().getAttribute('id'));
  assert.deepEqual(await violations(page), []);
  // On to the list's entry and back around to the client.
  await page.keyboard.press('ArrowDown');
  assert.equal(await found().last().getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Anna Źdźbło', level: 1 }).waitFor();
  assert.equal(await box().inputValue(), '');
});

test('from one card to the next, by a number however it is written', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('600-100-200');
  await found().filter({ hasText: 'Jan Kowalski' }).waitFor();
  assert.deepEqual(await marks('Jan Kowalski'), ['600 100 200']);
  await found().filter({ hasText: 'Jan Kowalski' }).click();
  await page.getByRole('heading', { name: 'Jan Kowalski', level: 1 }).waitFor();
  assert.ok(!page.url().includes('600'), page.url());
});

test('by a NIP, with a typing mistake, and a sealed field by its whole value', async () => {
  await box().fill('526000');
  await found().filter({ hasText: 'NIP' }).filter({ hasText: 'Piekarnia Poranek' }).waitFor();
  await box().fill('piekarna');
  await found().filter({ hasText: 'podobne' }).filter({ hasText: 'Piekarnia Poranek' }).waitFor();
  await box().fill('4405140135');
  await page.locator('.finder__message').filter({ hasText: 'Nikogo takiego nie znaleziono' }).waitFor();
  await box().fill('44051401359');
  await found().filter({ hasText: 'zgadza się cała wartość' }).filter({ hasText: 'Jan Kowalski' }).waitFor();
});

test('Escape closes, then empties; in a field the key is a letter', async () => {
  await box().press('Escape');
  await found().first().waitFor({ state: 'hidden' });
  assert.equal(await box().inputValue(), '44051401359');
  await box().press('Escape');
  assert.equal(await box().inputValue(), '');
  await go(page, 'Klienci');
  const list = page.getByRole('searchbox', { name: 'Szukaj klientów' });
  await list.focus();
  await page.keyboard.type('a/b');
  assert.equal(await list.inputValue(), 'a/b');
  await list.fill('');
});

test('the list finds whom the box found: by a part of an address, by digits, by a NIP', async () => {
  const rows = page.locator('tbody tr');
  const query = page.getByLabel('Warunek wyszukiwania');
  for (const [text, name, asked] of [
    ['zdzblo@', 'Anna Źdźbło', 'Nazwa ~ "zdzblo@" lub "E-mail" ~ "zdzblo@"'],
    ['600 100', 'Jan Kowalski', '(Nazwa ~ "600" i Nazwa ~ "100") lub Telefon ~ "600 100"'],
    ['526000', 'Piekarnia Poranek', 'Nazwa ~ "526000" lub "E-mail" ~ "526000" lub Telefon ~ "526000"'],
  ]) {
    await box().fill(text);
    await found().filter({ hasText: name }).waitFor();
    await found().filter({ hasText: `Szukaj „${text}” na liście klientów` }).click();
    await rows.filter({ hasText: name }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    const said = await query.inputValue();
    assert.ok(said.startsWith(asked), said);
    assert.equal(page.url(), `${server.url}/clients`);
  }
  // A reload asks the same.
  await page.reload();
  await rows.filter({ hasText: 'Piekarnia Poranek' }).waitFor();
  assert.equal(await rows.count(), 1);
  await page.getByRole('button', { name: 'Wyczyść', exact: true }).click();
});

test('from another bundle the text goes on to the list, and nowhere else', async () => {
  await go(page, 'Ustawienia');
  await page.locator('body').press('/');
  await page.keyboard.type('nikogo');
  await page.locator('.finder__message').filter({ hasText: 'Nikogo takiego nie znaleziono' }).waitFor();
  await found().filter({ hasText: 'Szukaj „nikogo” na liście klientów' }).click();
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  assert.equal(await page.getByLabel('Warunek wyszukiwania').inputValue(), 'Nazwa ~ "nikogo" lub "E-mail" ~ "nikogo"');
  assert.equal(page.url(), `${server.url}/clients`);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test('on a phone a button unfolds it, dark too', async () => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await box().isVisible(), false);
  await page.getByRole('button', { name: 'Szybkie wyszukiwanie' }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
  await page.keyboard.type('kowal');
  await found().filter({ hasText: 'Jan Kowalski' }).waitFor();
  await assertFits(page, 'quick search');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('search').getByRole('button', { name: 'Zamknij' }).click();
  assert.equal(await box().isVisible(), false);
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Szybkie wyszukiwanie');
});

test('who may see no clients has no box', async () => {
  await server.addOwner(FILIP);
  const { id } = (await api.get('/accounts')).find(({ email }) => email === FILIP.email);
  const role = await api.post('/roles', { name: 'Tylko formularze', definition: { rights: { view_forms: 'all' } } });
  await api.must('PUT', `/api/v1/accounts/${id}`, { name: FILIP.name, role_id: role.id, department_ids: [] });
  const other = await newContext(browser);
  const his = await other.newPage();
  await his.goto(`${server.url}/login`);
  await his.getByRole('textbox', { name: 'E-mail' }).fill(FILIP.email);
  await his.getByLabel('Hasło', { exact: true }).fill(FILIP.password);
  await his.getByRole('button', { name: 'Zaloguj się' }).click();
  await his.getByRole('navigation').getByRole('link', { name: 'Formularze' }).click();
  await his.getByRole('heading', { name: 'Formularze', level: 1 }).waitFor();
  assert.equal(await his.getByRole('combobox').count(), 0);
  await other.close();
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
