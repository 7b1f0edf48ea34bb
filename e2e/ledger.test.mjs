// The consent ledger: what it holds, its checkpoint to take away, and what that proves.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, go, signIn, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  browser = await startBrowser();
  context = await newContext(browser, { acceptDownloads: true });
  complaints = watch(context, [server.url], (text) => /status of 401/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const fact = (label) => page.locator('.fact').filter({ has: page.locator('dt', { hasText: label }) }).locator('dd');

test('an empty ledger says so, and has no checkpoint', async () => {
  await go(page, 'Rejestr zgód');
  assert.equal(new URL(page.url()).pathname, '/privacy/ledger');
  await fact('Zdarzenia w rejestrze').getByText('0', { exact: true }).waitFor();
  await fact('Ostatni punkt kontrolny').getByText('Jeszcze nie ma').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Pobierz punkt kontrolny' }).count(), 0);
});

test('a consent shows up, and the checkpoint over it is taken away', async () => {
  const { id: purpose } = await api.post('/purposes', { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email'] });
  const { id: wording } = await api.post(`/purposes/${purpose}/wordings`, { language: 'pl', text: 'Zgadzam się na newsletter.' });
  const form = await api.makeForm('Kontakt', 'contact', (definition) => {
    definition.fields.push({ key: 'news', kind: 'consent', label: 'Newsletter', consent: { purpose_id: purpose, channel: 'email', wording_id: wording } });
  });
  const { form_version } = await api.get(`/public/forms/${form.public_id}`);
  await api.post(`/public/forms/${form.public_id}/submissions`, {
    form_version, answers: { name: 'Ada', email: 'ada@example.com', message: 'Dzień dobry.', news: 'true' },
  });
  const note = await server.signLedger();
  await page.reload();
  await fact('Zdarzenia w rejestrze').getByText('1', { exact: true }).waitFor();
  await fact('Czekają na dopisanie').getByText('0', { exact: true }).waitFor();
  await fact('Ostatni punkt kontrolny').getByText('1 zdarzenie').waitFor();
  await fact('Ostatnie sprawdzenie').getByText('Wszystko się zgadza').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Pobierz punkt kontrolny' }).click()]);
  assert.equal(download.suggestedFilename(), 'rejestr-zgod-checkpoint.txt');
  assert.equal(await readFile(await download.path(), 'utf8'), note);
  // The root on the page is the one that was signed.
  await page.getByText(note.split('\n')[2], { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Czego dowodzi punkt kontrolny' }).waitFor();
});

test('the page fits, is accessible, and complains about nothing', async () => {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await assertFits(page, `${width}`);
    assert.deepEqual(await violations(page), []);
  }
  assert.deepEqual(complaints, []);
});
