// Tags as whoever sets up the list keeps them: adding, renaming, another colour, and an end that says whom it touches.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, client;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  client = (await api.post('/clients', { details: { kind: 'person', name: 'Anna Przykładowa' }, custom: {} })).id;
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|409|412|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const dialog = () => page.getByRole('dialog');
const row = (name) => page.getByRole('listitem').filter({ hasText: name });

/** Nothing sticks out, and nobody is kept out. */
async function sound(what) {
  await assertFits(page, what);
  assert.deepEqual(await violations(page), [], what);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/tags-${what}.png`, fullPage: true });
}

test('the list leads to the tags, and without any the page says how to begin', async () => {
  await page.getByRole('button', { name: 'Ustawienia listy' }).click();
  await page.getByRole('menuitem', { name: 'Zarządzaj tagami' }).click();
  await page.getByRole('heading', { name: 'Tagi', level: 1 }).waitFor();
  await page.getByText('Nie ma jeszcze tagów').waitFor();
  await sound('none');
});

test('a tag is added in a colour; no second one is called the same', async () => {
  await page.getByRole('button', { name: 'Dodaj tag' }).click();
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await dialog().getByText('To pole jest wymagane.').first().waitFor();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('VIP');
  await dialog().getByRole('radio', { name: 'Zielony' }).check();
  await sound('dialog');
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano tag.');
  await row('VIP').getByText('nikt go nie ma').waitFor();

  await page.getByRole('button', { name: 'Dodaj tag' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill(' vip ');
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await dialog().getByRole('alert').waitFor();
  await dialog().getByText('Już zajęte.').first().waitFor();
  await dialog().getByRole('button', { name: 'Anuluj' }).click();
});

test('a tag is renamed and gets another colour wherever it is', async () => {
  const [tag] = await api.get('/tags');
  await api.must('PUT', `/api/v1/clients/${client}/tags`, { tags: [tag.id] }, { 'if-match': '"1"' });
  await page.reload();
  await row('VIP').getByText('1 klient').waitFor();
  await page.getByRole('button', { name: 'Edytuj: VIP' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Stały klient');
  await dialog().getByRole('radio', { name: 'Pomarańczowy' }).check();
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano.');
  await row('Stały klient').locator('.client-tag--orange').waitFor();
  await sound('list');
  await page.goto(`${server.url}/clients/${client}`);
  await page.locator('.card-tags').getByText('Stały klient').waitFor();
});

test('a filter on a tag that went says so, and is mended as a text', async () => {
  const { id, version } = await api.post('/tags', { name: 'Na chwilę', colour: 'blue' });
  await api.post('/filters', { name: 'Chwilowi', sharing: 'personal', query: 'tag = "Na chwilę"' });
  await api.must('DELETE', `/api/v1/tags/${id}`, undefined, { 'if-match': `"${version ?? 1}"` });
  await page.goto(`${server.url}/clients`);
  await page.getByRole('button', { name: 'Filtry' }).click();
  await page.getByRole('button', { name: 'Chwilowi wymaga poprawy' }).click();
  await page.getByText('Usunięto to, o co pyta ten filtr').waitFor();
  await sound('filter');
  await page.getByLabel('Warunek wyszukiwania').fill('tag = "Stały klient"');
  await page.getByRole('button', { name: 'Szukaj', exact: true }).click();
  await page.getByRole('row', { name: /Anna Przykładowa/ }).waitFor();
  await page.getByRole('button', { name: 'Zapisz', exact: true }).waitFor();
});

test('a tag that goes says how many cards it goes from', async () => {
  await page.goto(`${server.url}/settings/tags`);
  await page.getByRole('button', { name: 'Usuń: Stały klient' }).click();
  await dialog().getByText('Zniknie z 1 karty').waitFor();
  await sound('deleting');
  await dialog().getByRole('button', { name: 'Anuluj' }).click();
  // Somebody else renames it meanwhile: it is not deleted unseen.
  const [tag] = await api.get('/tags');
  await api.must('PUT', `/api/v1/tags/${tag.id}`, { name: 'Bywalec', colour: 'pink' }, { 'if-match': `"${tag.version}"` });
  await page.getByRole('button', { name: 'Usuń: Stały klient' }).click();
  await dialog().getByRole('button', { name: 'Usuń', exact: true }).click();
  await row('Bywalec').waitFor();
  assert.equal((await api.get('/tags')).length, 1);
  await page.getByRole('button', { name: 'Usuń: Bywalec' }).click();
  await dialog().getByRole('button', { name: 'Usuń', exact: true }).click();
  await told(page, 'Usunięto tag.');
  assert.deepEqual((await api.get(`/clients/${client}`)).tags, []);
});

test('fits a phone, dark and in English too', async () => {
  await api.post('/tags', { name: 'Bardzo długa nazwa tagu na próbę, wiesz', colour: 'purple' });
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await row('Bardzo długa').waitFor();
  await sound('phone');
  await page.getByRole('button', { name: /^Edytuj:/ }).click();
  await sound('phone-dialog');
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
