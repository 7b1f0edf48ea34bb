// A consent on paper, from the card to the list of those that run out, to a renewal by mail.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, go, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { startServer } from './lib/server.mjs';

const WORDING = 'Zgadzam się na newsletter firmy „Źródło” sp. z o.o. na podany adres e-mail.';
const SCAN = Buffer.from('%PDF-1.7\nskan\n%%EOF\n');
const NAME = 'Ewa Żak';

let mail, server, browser, context, page, complaints, api, client;

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

async function shot(name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/recorded-${name}.png`, fullPage: true });
}

before(async () => {
  mail = await startMailServer();
  server = await startServer({ ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`, ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>' });
  api = await Api.setUp(server);
  const purpose = { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email', 'sms'], validity_days: 365 };
  const { id } = await api.post('/purposes', purpose);
  await api.post(`/purposes/${id}/wordings`, { language: 'pl', text: WORDING });
  const make = (name, email) => api.post('/clients', { details: { kind: 'person', name, email }, custom: {} });
  client = (await make(NAME, 'ewa@example.com')).id;
  // Ran out, and has consented to nothing else: nobody to write to.
  const jan = (await make('Jan Kos', 'jan@example.com')).id;
  await api.post(`/clients/${jan}/consents`, { purpose_id: id, channel: 'email', decision: 'given', method: 'phone', given_on: day(400), note: 'Zadzwonił i poprosił o newsletter' });
  browser = await startBrowser();
  context = await newContext(browser, { acceptDownloads: true });
  complaints = watch(context, [server.url], (text) => /status of (401|410|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

const dialog = () => page.getByRole('dialog', { name: 'Odnotuj zgodę' });

test('without proof nothing is recorded, and nothing that was typed is lost', async () => {
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await dialog().getByText(WORDING).waitFor();
  await dialog().getByLabel('Dzień odpowiedzi').fill(day(350));
  await dialog().getByLabel('Jak klient odpowiedział?').fill('targi');
  await dialog().getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await dialog().getByText('Zgoda wymaga dowodu').first().waitFor();
  assert.equal(await dialog().getByLabel('Jak klient odpowiedział?').getAttribute('aria-invalid'), 'true');
  // A program that calls itself a scan.
  await dialog().getByLabel('Skan albo inny plik z dowodem').setInputFiles({ name: 'zgoda.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ\x90\0') });
  await dialog().getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await dialog().getByText('Ten plik nie jest tym, na co wskazuje nazwa').first().waitFor();
  assert.equal(await dialog().getByLabel('Jak klient odpowiedział?').inputValue(), 'targi');
  assert.equal(await dialog().getByLabel('Dzień odpowiedzi').inputValue(), day(350));
  await assertFits(page, 'the dialog');
  assert.deepEqual(await violations(page), []);
  await shot('dialog');
});

test('with a scan it is, and the scan can be saved', async () => {
  await dialog().getByLabel('Skan albo inny plik z dowodem').setInputFiles({ name: 'zgoda Ewy Żak.pdf', mimeType: 'application/pdf', buffer: SCAN });
  await dialog().getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await told(page, 'Odpowiedź została odnotowana.');
  const consent = page.getByRole('article', { name: 'Newsletter · e-mail' });
  await consent.getByText('Udzielona', { exact: true }).waitFor();
  await consent.getByText('1 zdarzenie').click();
  const entry = consent.getByRole('listitem');
  const text = await entry.textContent();
  for (const expected of [/odnotowana z dowodem/, /na papierze/, /targi/, /SHA-256/, /Zapisano/]) assert.match(text, expected);
  assert.equal(await entry.locator('blockquote').textContent(), WORDING);
  assert.equal(await entry.locator('time').first().getAttribute('datetime'), day(350));
  const [download] = await Promise.all([page.waitForEvent('download'), entry.getByRole('button', { name: 'zgoda Ewy Żak.pdf' }).click()]);
  assert.equal(download.suggestedFilename(), 'zgoda Ewy Żak.pdf');
  assert.deepEqual(await readFile(await download.path()), SCAN);
  await shot('card');
});

test('an older answer is refused at its day', async () => {
  await page.getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await dialog().getByLabel('Dzień odpowiedzi').fill(day(600));
  await dialog().getByLabel('Jak klient odpowiedział?').fill('Znaleziony stary formularz papierowy');
  await dialog().getByRole('button', { name: 'Odnotuj zgodę' }).click();
  await dialog().getByText('Później osoba odpowiedziała inaczej').first().waitFor();
  await dialog().getByRole('button', { name: 'Anuluj' }).click();
});

test('the list says who can be asked, and asks', async () => {
  await go(page, 'Wygasające zgody');
  const row = (name) => page.getByRole('row', { name: new RegExp(name) });
  await row('Jan Kos').getByText('nie obowiązuje zgoda na e-mail').waitFor();
  assert.equal(await row('Jan Kos').getByRole('checkbox').isDisabled(), true);
  await row(NAME).getByText('Można poprosić').waitFor();
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await assertFits(page, `the list at ${width}`);
      assert.deepEqual(await violations(page), []);
      await shot(`list-${width}-${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie' }).check();
  await page.getByText('1 zaznaczona').waitFor();
  await page.getByRole('button', { name: 'Poproś o odnowienie' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Poproś o odnowienie' }).click();
  await page.getByText('Poproszono o odnowienie zgód: 1').waitFor();
  await row(NAME).getByText('czeka na odpowiedź').waitFor();
});

test('a program that follows the link changes nothing, the person renews', async () => {
  const letter = await mail.next();
  assert.deepEqual(letter.to, ['ewa@example.com']);
  assert.match(letter.text, /Newsletter/);
  const links = letter.text.match(/https?:\/\/\S+/g);
  for (let look = 0; look < 3; look += 1) {
    for (const link of links) assert.equal((await fetch(link)).status, 200);
  }
  const standing = async () => (await api.get(`/clients/${client}`)).consents[0];
  assert.equal((await standing()).events.length, 1);
  const person = await newContext(browser, { javaScriptEnabled: false });
  const theirs = await person.newPage();
  await theirs.goto(links[0]);
  assert.equal(await theirs.locator('blockquote').textContent(), WORDING);
  const tops = await theirs.getByRole('button').evaluateAll((all) => all.map((button) => button.getBoundingClientRect().top));
  assert.deepEqual(tops, [tops[0], tops[0]], 'both answers stand side by side');
  for (const colorScheme of ['light', 'dark']) {
    await theirs.setViewportSize({ width: 390, height: 800 });
    await theirs.emulateMedia({ colorScheme });
    if (process.env.SHOTS) await theirs.screenshot({ path: `${process.env.SHOTS}/renewal-${colorScheme}.png`, fullPage: true });
  }
  await theirs.getByRole('button', { name: 'Odnawiam zgodę' }).click();
  await theirs.getByRole('heading', { name: 'Zgoda została odnowiona' }).waitFor();
  await theirs.goto(links[0]);
  await theirs.getByRole('heading', { name: 'Ten link już nie działa' }).waitFor();
  assert.deepEqual(await person.cookies(), []);
  await person.close();
  const renewed = await standing();
  assert.equal(renewed.events.length, 2);
  assert.deepEqual([renewed.status, renewed.grade, renewed.events[0].method], ['given', 'a', 'renewal_click']);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
