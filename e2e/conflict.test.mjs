// Two people edit one client: the second is told, and loses nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { section, signIn, told } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, browser, client;

before(async () => {
  server = await startServer();
  const api = await Api.setUp(server);
  client = (await api.post('/clients', { details: { kind: 'person', name: 'Wanda Wspólna', city: 'Kielce' } })).id;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the second one gets told and keeps the draft', async () => {
  const [first, second] = await Promise.all([1, 2].map(async () => (await newContext(browser)).newPage()));
  for (const page of [first, second]) {
    await signIn(page, server);
    await page.goto(`${server.url}/clients/${client}/edit`);
    await page.getByRole('textbox', { name: 'Miasto' }).waitFor();
  }
  await first.getByRole('textbox', { name: 'Miasto' }).fill('Radom');
  await first.getByRole('textbox', { name: 'Stanowisko' }).fill('Prezeska');
  await first.getByRole('button', { name: 'Zapisz' }).click();
  await told(first, 'Zapisano.');

  await second.getByRole('textbox', { name: 'Miasto' }).fill('Łódź');
  await second.getByRole('textbox', { name: 'Ulica i numer' }).fill('Piotrkowska 1');
  await second.getByRole('button', { name: 'Zapisz' }).click();
  const alert = second.getByRole('alert').filter({ hasText: 'Ktoś zmienił tę kartę w międzyczasie' });
  await alert.waitFor();
  assert.equal(await second.getByRole('textbox', { name: 'Miasto' }).inputValue(), 'Łódź');
  assert.equal(await second.getByRole('textbox', { name: 'Ulica i numer' }).inputValue(), 'Piotrkowska 1');

  await alert.getByRole('button', { name: 'Wczytaj nowszą wersję' }).click();
  await second.getByText('W nowszej wersji:').waitFor();
  assert.equal(await second.getByRole('textbox', { name: 'Miasto' }).inputValue(), 'Łódź');
  assert.equal(await second.getByRole('textbox', { name: 'Ulica i numer' }).inputValue(), 'Piotrkowska 1');
  assert.equal(await second.getByRole('textbox', { name: 'Stanowisko' }).inputValue(), 'Prezeska');
  assert.match(await second.getByText('W nowszej wersji:').textContent(), /Radom/);
  await second.getByRole('button', { name: 'Zapisz' }).click();
  await told(second, 'Zapisano.');
  const details = section(second, 'Dane');
  await details.getByText('Łódź').waitFor();
  const text = await details.textContent();
  for (const expected of ['Prezeska', 'Piotrkowska 1']) assert.ok(text.includes(expected), expected);
});
