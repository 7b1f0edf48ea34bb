// Double opt-in: a form that waits for the mailbox, the mail, programs that open every link of it, and the person's click.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { OWNER, startServer, startSite } from './lib/server.mjs';

const WORDING = 'Zgadzam się na otrzymywanie newslettera firmy „Źródło” sp. z o.o. na podany adres e-mail.';
const OFFERS = 'Zgadzam się na otrzymywanie ofert firmy „Źródło” sp. z o.o. na podany adres e-mail.';
const NAME = 'Bożydar Ćwikła';

let mail, server, api, browser, site, form, visitor, complaints;

async function doublePurpose(name, text) {
  const purpose = await api.post('/purposes', { name, basis: 'consent', is_marketing: true, channels: ['email'], double_opt_in: true });
  const wording = await api.post(`/purposes/${purpose.id}/wordings`, { language: 'pl', text });
  return { purpose_id: purpose.id, channel: 'email', wording_id: wording.id };
}

before(async () => {
  mail = await startMailServer();
  server = await startServer({
    ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`,
    ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>',
  });
  api = await Api.setUp(server);
  site = await startSite({
    '/': () => ({ body: `<div data-zgoda-form="${form.public_id}"></div><script src="${server.url}/embed/v1.js" async></script>` }),
  });
  browser = await startBrowser();
  const [news, offers] = [await doublePurpose('Newsletter', WORDING), await doublePurpose('Oferty', OFFERS)];
  form = await api.makeForm('Zapis na newsletter', 'newsletter', (definition) => {
    definition.allowed_origins = [site.url];
    definition.confirm_first = true;
    definition.fields.push(
      { key: 'about', kind: 'short_text', label: 'Imię i nazwisko', target: 'name' },
      { key: 'news', kind: 'consent', label: 'Chcę dostawać newsletter', consent: news },
      { key: 'offers', kind: 'consent', label: 'Chcę dostawać oferty', consent: offers },
    );
  });
  visitor = await newContext(browser);
  complaints = watch(visitor, [server.url, site.url], (text) => /status of 410/.test(text));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
  await mail?.stop();
});

/** Everything that must not change by looking. */
async function state() {
  const forms = await api.get('/forms');
  return { waiting: forms[0].waiting_signups, clients: (await api.clients()).length, submissions: (await api.submissions()).length };
}

const links = (message) => message.text.match(/https?:\/\/\S+/g);

/** As mail servers and virus scanners do: fetches and heads, and a whole browser that renders and follows every link. */
async function scan(message) {
  for (const link of links(message)) {
    for (const method of ['GET', 'HEAD', 'GET']) {
      const answer = await fetch(link, { method, headers: { purpose: 'prefetch', 'sec-purpose': 'prefetch' } });
      assert.equal(answer.status, 200, `${method} ${link}`);
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    const scanner = await newContext(browser);
    const page = await scanner.newPage();
    await page.goto(link);
    for (const href of await page.locator('a').evaluateAll((all) => all.map((a) => a.href))) {
      if (href.startsWith(server.url)) await page.goto(href);
    }
    assert.deepEqual(await scanner.cookies(), []);
    await scanner.close();
  }
}

async function signUp(email, ticks) {
  const page = await visitor.newPage();
  await page.goto(site.url);
  await page.getByLabel('Adres e-mail').fill(email);
  await page.getByLabel('Imię i nazwisko').fill(NAME);
  for (const tick of ticks) await page.getByRole('checkbox', { name: tick }).check();
  await page.getByRole('button', { name: 'Zapisz się' }).click();
  await page.getByText('Sprawdź swoją skrzynkę pocztową').waitFor();
  await page.close();
  return mail.next();
}

let message;

test('a visitor is told to look into the mailbox, and nobody is a client yet', async () => {
  message = await signUp('bozydar@example.com', ['Chcę dostawać newsletter', 'Chcę dostawać oferty']);
  assert.deepEqual(await state(), { waiting: 1, clients: 0, submissions: 0 });
});

test('the mail repeats nothing that was typed, and is no list’s message', () => {
  const header = (name) => message.headers.filter(([it]) => it.toLowerCase() === name).map(([, value]) => value);
  assert.deepEqual(header('to'), ['bozydar@example.com']);
  assert.deepEqual(header('auto-submitted'), ['auto-generated']);
  assert.deepEqual(header('list-unsubscribe'), []);
  assert.ok(!message.text.includes(NAME) && !message.text.includes('bozydar'), message.text);
  for (const said of ['Zapis na newsletter', '- Newsletter', '- Oferty', new URL(site.url).host, 'to nie ja']) {
    assert.ok(message.text.includes(said), `${said}: ${message.text}`);
  }
  assert.equal(links(message).length, 2);
  assert.ok(!/<img|<html/i.test(message.raw), 'no tracking');
});

test('programs that open every link confirm nothing and turn nothing down', async () => {
  const before = await state();
  await scan(message);
  assert.deepEqual(await state(), before);
});

test('the person sees each wording, leaves one out, and confirms', async () => {
  const page = await visitor.newPage();
  await page.setViewportSize({ width: 320, height: 800 });
  await page.goto(links(message)[0]);
  await page.getByRole('heading', { name: 'Potwierdź swoje zgłoszenie' }).waitFor();
  for (const text of [WORDING, OFFERS]) assert.equal(await page.getByText(text).isVisible(), true);
  assert.equal(await page.getByRole('checkbox', { name: 'Chcę dostawać newsletter' }).isChecked(), true);
  assert.deepEqual(await violations(page), []);
  await assertFits(page, 'the page of a confirmation');
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/confirm-320.png`, fullPage: true });
  await page.getByRole('checkbox', { name: 'Chcę dostawać oferty' }).uncheck();
  await page.getByRole('button', { name: 'Potwierdzam' }).click();
  await page.getByRole('heading', { name: 'Dziękujemy, potwierdzone' }).waitFor();
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/confirmed-320.png`, fullPage: true });
  assert.deepEqual(await page.getByRole('listitem').allTextContents(), ['Chcę dostawać newsletter']);
  assert.deepEqual(await visitor.cookies(), []);
  await page.close();
  assert.deepEqual(await state(), { waiting: 0, clients: 1, submissions: 1 });
  const [row] = await api.clients();
  const card = await api.get(`/clients/${row.id}`);
  assert.equal(card.details.name, NAME);
  assert.deepEqual(card.consents.map(({ purpose_name, status, grade }) => [purpose_name, status, grade]), [['Newsletter', 'given', 'a']]);
  assert.deepEqual(card.consents[0].events.map(({ kind }) => kind), ['confirmed', 'given']);
  assert.match(card.consents[0].events[0].evidence.user_agent, /Chrome/);
});

test('a second click says that it is done', async () => {
  const page = await visitor.newPage();
  await page.goto(links(message)[0]);
  await page.getByText('wszystko jest załatwione').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.close();
  assert.deepEqual(await state(), { waiting: 0, clients: 1, submissions: 1 });
});

test('whoever was signed up by somebody else turns it down', async () => {
  const other = await signUp('ewa@example.com', ['Chcę dostawać newsletter']);
  await scan(other);
  const page = await visitor.newPage();
  await page.goto(links(other)[1]);
  await page.getByText('Zgłoszenie z tym adresem zostanie usunięte.').waitFor();
  assert.equal((await state()).waiting, 1, 'opening the page is no answer');
  await page.getByRole('button', { name: 'To nie ja' }).click();
  await page.getByRole('heading', { name: 'Odrzucone' }).waitFor();
  assert.deepEqual(await state(), { waiting: 0, clients: 1, submissions: 1 });
  await page.goto(links(other)[0]);
  await page.getByText('Ten link już nie działa').waitFor();
  await page.close();
});

test('staff see how many wait, and not who', async () => {
  await signUp('ola@example.com', []);
  const context = await newContext(browser);
  await context.addCookies(api.cookies());
  const page = await context.newPage();
  await page.goto(`${server.url}/forms`);
  await page.getByText('1 czeka na potwierdzenie mailem').waitFor();
  assert.equal(await page.getByText('ola@example.com').count(), 0);
  await context.close();
});

test('the server’s log names no link, no address and no person', () => {
  const log = server.log();
  assert.match(log, /\/confirm\/\{token\}/);
  for (const { text } of mail.messages) {
    const token = /\/confirm\/([\w-]+)/.exec(text)[1];
    assert.ok(!log.includes(token));
  }
  for (const secret of ['bozydar@', 'ewa@', NAME, OWNER.email]) assert.ok(!log.includes(secret), secret);
});

test('nothing was complained about', () => {
  assert.deepEqual(complaints, []);
});
