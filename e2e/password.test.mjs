// A forgotten password replaced by a link from the mailbox, and a password changed by whoever is signed in.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { section, setUpOwner, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { makeCertificate, startMailServer } from './lib/mail-server.mjs';
import { OWNER, startServer } from './lib/server.mjs';

const BY_LINK = 'cztery zielone parasole';
const CHANGED = 'wiosenny deszcz w górach';

let folder, mail, server, browser, context, page, complaints;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zgoda-mail-'));
  const { tls, authority } = makeCertificate(folder);
  // As a company's mail server is: encrypted, with a password.
  const account = { user: 'crm@example.com', password: 'hasło do poczty' };
  mail = await startMailServer({ tls, ...account });
  server = await startServer({
    ZGODA_SMTP_URL: `smtps://crm%40example.com@localhost:${mail.port}`,
    ZGODA_SMTP_PASSWORD: account.password,
    ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>',
    SSL_CERT_FILE: authority,
  });
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|403|410|422)/.test(text));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
  await rm(folder, { recursive: true, force: true });
});

const password = (label) => page.getByLabel(label, { exact: true });
const choose = async (text) => {
  await password('Nowe hasło').fill(text);
  await page.getByRole('button', { name: 'Ustaw hasło' }).click();
};

async function askForLink(email) {
  await page.goto(`${server.url}/login`);
  await page.getByRole('link', { name: 'Nie pamiętasz hasła?' }).click();
  await page.getByRole('heading', { name: 'Ustaw nowe hasło' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByRole('button', { name: 'Wyślij link' }).click();
  await page.getByRole('status').getByText('Sprawdź pocztę').waitFor();
}

let link;

test('a link to choose a new password comes by mail', async () => {
  await setUpOwner(page, server);
  await context.clearCookies();
  await askForLink('nikt@example.com');
  await askForLink(OWNER.email.toUpperCase());
  const letter = await mail.next();
  assert.deepEqual(letter.to, [OWNER.email]);
  [link] = /http\S+\/reset#\S+/.exec(letter.text);
  assert.ok(link.startsWith(`${server.url}/reset#`));
});

test('a common password is refused, and the link still works', async () => {
  await page.goto(link);
  await choose('krótkie');
  await page.locator('.field__problem').getByText(/12/).waitFor();
  await choose('jamesbond007');
  await page.locator('.field__problem').waitFor();
  assert.deepEqual(await violations(page), []);
  await choose(BY_LINK);
  await page.getByRole('status').getByText('Hasło zostało ustawione').waitFor();
  assert.match((await mail.next()).text, /Hasło do tego konta zostało zmienione/);
});

test('the link works once', async () => {
  await page.goto('about:blank');
  await page.goto(link);
  await choose(CHANGED);
  await page.getByRole('alert').getByText('Ten link już nie działa').waitFor();
  await page.getByRole('link', { name: 'Poproś o nowy link' }).click();
  await page.getByRole('button', { name: 'Wyślij link' }).waitFor();
  // The old password is gone, the new one works.
  await page.goto(`${server.url}/login`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await password('Hasło').fill(OWNER.password);
  await page.getByRole('button', { name: 'Zaloguj się' }).click();
  await page.getByRole('alert').waitFor();
  await signIn(page, server, { ...OWNER, password: BY_LINK });
});

test('whoever is signed in changes the password and ends the other sessions', async () => {
  const elsewhere = await newContext(browser);
  const other = await elsewhere.newPage();
  await signIn(other, server, { ...OWNER, password: BY_LINK });
  await page.goto(`${server.url}/settings`);
  const sessions = section(page, 'Zalogowane urządzenia').getByRole('listitem');
  await sessions.nth(1).waitFor();
  const change = async (current, next) => {
    await password('Obecne hasło').fill(current);
    await password('Nowe hasło').fill(next);
    await page.getByRole('button', { name: 'Zmień hasło' }).click();
  };
  await change(OWNER.password, CHANGED);
  await page.locator('.field__problem').getByText('Obecne hasło jest nieprawidłowe.').waitFor();
  await change(BY_LINK, 'lucjalucja2026');
  await page.locator('.field__problem').waitFor();
  await change(BY_LINK, CHANGED);
  await told(page, 'Hasło zostało zmienione.');
  await sessions.nth(1).waitFor({ state: 'detached' });
  assert.match((await mail.next()).text, /Pozostałe sesje zostały zakończone/);
  await other.goto(`${server.url}/clients`);
  await other.getByRole('button', { name: 'Zaloguj się' }).waitFor();
  await signIn(other, server, { ...OWNER, password: CHANGED });
  await elsewhere.close();
});

test('nothing was complained about on the way, and no other mail was sent', () => {
  assert.deepEqual(complaints, []);
  assert.equal(mail.messages.length, 3);
});
