// Two cards of one person: pointed out, looked at side by side, made one, and two again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, go, section, signIn, told, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, jan, janek, contract, purpose;

const pairs = () => page.locator('.pair');
const field = (name) => page.getByRole('group', { name, exact: true });
const choice = (name, text) => field(name).getByRole('radio', { name: text });

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  contract = (await api.post('/custom-fields', { name: 'Umowa', kind: 'checkbox' })).id;
  purpose = (await api.post('/purposes', { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email'] })).id;
  const make = async (details, custom = {}) => (await api.post('/clients', { details: { kind: 'person', ...details }, custom })).id;
  jan = await make({ name: 'Jan Kowalski', email: 'jan@example.com', city: 'Łódź', note: 'Dzwonić rano.' }, { [contract]: true });
  janek = await make({ name: 'Kowalski J.', email: 'JAN@example.com', phone: '600 100 200', note: 'Woli e-mail.' });
  for (const [id, decision] of [[jan, 'given'], [janek, 'refused']]) {
    await api.post(`/clients/${id}/consents`, {
      purpose_id: purpose, channel: 'email', decision, method: 'phone', given_on: '2026-01-15', note: 'Zadzwonił i tak powiedział',
    });
  }
  await make({ name: 'Ewa Nowak', city: 'Kielce' });
  await make({ name: 'Nowak Ewa', city: 'kielce' });
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|404|412|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('pairs are pointed out with what they have in common, the surest first', async () => {
  // They are looked for in the background.
  while ((await api.get('/duplicates')).items.length < 2) await new Promise((done) => setTimeout(done, 500));
  await go(page, 'Duplikaty');
  await pairs().nth(1).waitFor();
  assert.match(await pairs().nth(0).innerText(), /Prawie na pewno[\s\S]*ten sam e-mail[\s\S]*Kowalski/);
  assert.match(await pairs().nth(1).innerText(), /podobna nazwa w tym samym mieście[\s\S]*Nowak/);
  assert.deepEqual((await pairs().nth(0).locator('mark').allTextContents()).map((text) => text.toLowerCase()), ['jan@example.com', 'jan@example.com']);
  assert.deepEqual(await violations(page), []);
});

test('two persons stay two; saying so can be taken back', async () => {
  await pairs().nth(1).getByRole('button', { name: /^To różne osoby/ }).click();
  await pairs().nth(1).getByText('Ta para nie wróci na listę.').waitFor();
  assert.equal((await api.get('/duplicates')).items.length, 1);
  // By the keyboard: the focus is where the press can be taken back.
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Cofnij');
  await page.keyboard.press('Enter');
  await pairs().nth(1).getByRole('button', { name: /^To różne osoby/ }).waitFor();
  assert.equal((await api.get('/duplicates')).items.length, 2);
});

test('side by side: what differs first, what is the same folded, consents by the stricter rule', async () => {
  await pairs().nth(0).getByRole('link', { name: /^Porównaj i połącz/ }).click();
  await page.getByRole('heading', { name: 'Łączenie kart', level: 1 }).waitFor();
  await field('Telefon').waitFor();
  assert.equal(await page.getByText(/tak(ie|ich) sam(o|e|ych) p(ole|ola|ól)$/).count(), 1);
  // The older card stays; its values are taken, and the only ones there are.
  assert.ok(await page.getByRole('radio', { name: /Jan Kowalski/ }).first().isChecked());
  assert.ok(await choice('Nazwa', 'Jan Kowalski').isChecked());
  assert.ok(await choice('Telefon', '600 100 200').isChecked());
  const consent = section(page, 'Zgody').getByRole('row').nth(1);
  assert.match((await consent.innerText()).replace(/\s+/g, ' '), /Newsletter · e-mail.*Odmówiona/);
  assert.equal(await consent.getByRole('radio').count(), 0);
  assert.match(await consent.locator('td').last().innerText(), /Odmówiona/);
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertFits(page, 'merging');
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: null });
});

test('somebody changed one of the cards meanwhile: said, and no choice is lost', async () => {
  await choice('Nazwa', 'Kowalski J.').check();
  await choice('Notatka', 'Oba teksty').check();
  const card = await api.call('GET', `/api/v1/clients/${janek}`);
  const { details } = await card.json();
  await api.must('PUT', `/api/v1/clients/${janek}`, { details: { ...details, position: 'Prezes' }, custom: {} }, { 'if-match': card.headers.get('etag') });
  await page.getByRole('button', { name: 'Połącz karty' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Połącz karty' }).click();
  await page.getByText('Nic nie połączono, a Twoje wybory zostały.', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Wczytaj nowszą wersję' }).click();
  await field('Stanowisko').waitFor();
  assert.ok(await choice('Nazwa', 'Kowalski J.').isChecked());
  assert.ok(await choice('Notatka', 'Oba teksty').isChecked());
});

test('merged after the question; the card has the best of both', async () => {
  await page.getByRole('button', { name: 'Połącz karty' }).click();
  const sure = page.getByRole('dialog', { name: 'Połączyć karty?' });
  await sure.getByText('Przez 30 dni można to cofnąć', { exact: false }).waitFor();
  await sure.getByRole('button', { name: 'Połącz karty' }).click();
  await page.getByRole('heading', { name: 'Karty zostały połączone' }).waitFor();
  assert.deepEqual(await violations(page), []);
  const { details, custom, consents } = await api.get(`/clients/${jan}`);
  assert.deepEqual([details.name, details.phone, details.position, details.city, custom[contract]], ['Kowalski J.', '600 100 200', 'Prezes', 'Łódź', true]);
  assert.equal(details.note, 'Dzwonić rano.\nWoli e-mail.');
  assert.ok(['refused', 'withdrawn'].includes(consents[0].status), consents[0].status);
  assert.equal((await api.call('GET', `/api/v1/clients/${janek}`)).status, 404);
});

test('on the card stands what was merged into it, and it comes apart again', async () => {
  await page.getByRole('link', { name: 'Otwórz kartę' }).click();
  await page.getByRole('heading', { name: 'Kowalski J.', level: 1 }).waitFor();
  const merged = section(page, 'Połączone karty');
  await merged.getByText('Można cofnąć do:').waitFor();
  // Changed since: nothing happens, and it says what.
  const card = await api.call('GET', `/api/v1/clients/${jan}`);
  const { details, custom } = await card.json();
  const change = async (city, seen) => {
    const body = { details: { ...details, city }, custom: { [contract]: custom[contract] } };
    return (await api.call('PUT', `/api/v1/clients/${jan}`, body, { 'if-match': seen })).headers.get('etag');
  };
  const { id: tag } = await api.post('/tags', { name: 'Targi', colour: 'blue' });
  const tagged = (tags, seen) => api.call('PUT', `/api/v1/clients/${jan}/tags`, { tags }, { 'if-match': seen });
  const seen = (await tagged([tag], await change('Kutno', card.headers.get('etag')))).headers.get('etag');
  await merged.getByRole('button', { name: /^Cofnij połączenie/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cofnij połączenie' }).click();
  await merged.getByText('Miasto').waitFor();
  await merged.getByText('Tagi').waitFor();
  assert.equal(await merged.getByText('/tags').count(), 0);
  assert.deepEqual(await violations(page), []);
  assert.ok((await tagged([], await change('Łódź', seen))).ok);
  await merged.getByRole('button', { name: /^Cofnij połączenie/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cofnij połączenie' }).click();
  await told(page, 'Połączenie cofnięte.');
  await page.getByRole('heading', { name: 'Jan Kowalski', level: 1 }).waitFor();
  assert.equal((await api.get(`/clients/${janek}`)).details.name, 'Kowalski J.');
});

test('from a card: its other half is found by a few letters', async () => {
  await page.getByRole('button', { name: 'Połącz z…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Z którą kartą połączyć?' });
  await dialog.getByRole('combobox').fill('kowal');
  await dialog.getByRole('option', { name: /Kowalski J\./ }).waitFor();
  assert.equal(await dialog.getByRole('option').count(), 1, 'not the card itself');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Łączenie kart', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/duplicates/${jan}/${janek}`);
});

test('the list fits a phone, dark too', async () => {
  await page.goto(`${server.url}/duplicates`);
  await pairs().first().waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertFits(page, 'duplicates');
  assert.deepEqual(await violations(page), []);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
