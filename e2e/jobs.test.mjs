// Background work: what was asked for, how far it is, and taking it back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, go, signIn, told, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, tag;

const rows = () => page.locator('tbody tr');
const tagsOf = async (id) => (await api.get(`/clients/${id}`)).tags;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
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

test('without any job the page says what will stand here', async () => {
  await go(page, 'Zadania w tle');
  await page.getByText('Nic tu jeszcze nie było').waitFor();
  assert.deepEqual(await violations(page), []);
});

test('a job comes to its end before the eyes, and is undone after a question', async () => {
  const made = [];
  for (const name of ['Anna Przykładowa', 'Jan Wzorowy']) {
    made.push((await api.post('/clients', { details: { kind: 'person', name }, custom: {} })).id);
  }
  tag = (await api.post('/tags', { name: 'Targi', colour: 'blue' })).id;
  const clients = { ids: made };
  const { count } = await api.post('/clients/bulk/preview', { right: 'edit', clients });
  await api.post('/clients/bulk/edit', { edit: { kind: 'add_tag', tag_id: tag }, clients, confirmed: count });
  await page.reload();
  const job = rows().filter({ has: page.getByRole('rowheader', { name: 'Dodanie tagu „Targi”', exact: true }) });
  await job.getByText('Gotowe').waitFor();
  await job.getByText('2 z 2').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.equal((await tagsOf(made[0])).length, 1);

  await job.getByRole('button', { name: 'Cofnij' }).click();
  const sure = page.getByRole('dialog', { name: 'Cofnąć tę zmianę?' });
  await sure.getByText('Zmienione karty wrócą do tego, co było.', { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await sure.getByRole('button', { name: 'Anuluj' }).click();
  await sure.waitFor({ state: 'detached' });
  assert.equal((await tagsOf(made[0])).length, 1);
  await job.getByRole('button', { name: 'Cofnij' }).click();
  await sure.getByRole('button', { name: 'Cofnij' }).click();
  await told(page, 'Cofanie rozpoczęte.');
  await rows().filter({ hasText: 'Cofnięcie: Dodanie tagu „Targi”' }).getByText('Gotowe').waitFor();
  assert.deepEqual(await tagsOf(made[0]), []);
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await rows().first().waitFor();
  await assertFits(page, 'background jobs');
  assert.deepEqual(await violations(page), []);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
