// Codes that are sent: by e-mail through a real mail server, by text message through a gateway; and a second factor that
// a role demands.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { go, section, setUpOwner, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { OWNER, startServer } from './lib/server.mjs';

const HALINA = { name: 'Halina Hajduk', email: 'halina@firma.example', password: 'fioletowy tramwaj nocą' };
const GATEWAY_TOKEN = 'bramka-sms';

let mail, gateway, server, browser, context, page, complaints;

/** A gateway that takes `{to, text}` with a bearer token, and keeps what it is sent. */
async function startGateway() {
  const messages = [];
  const waiting = [];
  const answering = http.createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.headers.authorization !== `Bearer ${GATEWAY_TOKEN}`) {
      response.writeHead(401).end();
      return;
    }
    messages.push(JSON.parse(body));
    waiting.shift()?.();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise((done) => answering.listen(0, '127.0.0.1', done));
  let taken = 0;
  return {
    url: `http://127.0.0.1:${answering.address().port}/send`,
    async next() {
      const at = taken++;
      while (messages.length <= at) {
        await new Promise((done, fail) => {
          const timer = setTimeout(() => fail(new Error('no text message within 30 s')), 30_000);
          waiting.push(() => { clearTimeout(timer); done(); });
        });
      }
      return messages[at];
    },
    stop: () => new Promise((done) => answering.close(done)),
  };
}

before(async () => {
  mail = await startMailServer();
  gateway = await startGateway();
  server = await startServer({
    ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`,
    ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>',
    ZGODA_SMS_PROVIDER: 'http',
    ZGODA_SMS_URL: gateway.url,
    ZGODA_SMS_TOKEN: GATEWAY_TOKEN,
  });
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|403|422)/.test(text));
  page = await context.newPage();
  await setUpOwner(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await gateway?.stop();
  await mail?.stop();
});

const panel = (on = page) => section(on, 'Logowanie dwuetapowe');
const codeIn = (text) => /(?<!\d)\d{6}(?!\d)/.exec(text)[0];

/** The next letter with a code; letters that only tell what was changed are passed over. */
async function mailedCode() {
  for (;;) {
    const { to, text } = await mail.next();
    if (/(?<!\d)\d{6}(?!\d)/.test(text)) {
      assert.deepEqual(to, [OWNER.email]);
      return codeIn(text);
    }
  }
}

async function textedCode() {
  const { to, text } = await gateway.next();
  assert.equal(to, '+48601234567');
  return codeIn(text);
}

async function confirm(on, code) {
  await on.getByRole('textbox', { name: 'Kod' }).fill(code);
  await on.getByRole('button', { name: 'Dalej' }).click();
}

async function signInHalf() {
  await page.goto(`${server.url}/clients`);
  await page.locator('.user__button').click();
  await page.getByRole('menuitem', { name: 'Wyloguj' }).click();
  await page.getByRole('heading', { name: 'Zaloguj się' }).waitFor();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await page.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
  await page.getByText('Hasło się zgadza.').waitFor();
}

/** Asks for a code, is refused a wrong one, and gets in with the one that `take` finds. */
async function signInByCode(take) {
  await page.getByRole('button', { name: 'Wyślij kod' }).click();
  await page.getByRole('status').getByText('Kod wysłany.').waitFor();
  const code = await take();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('textbox', { name: 'Kod' }).fill(code === '000000' ? '111111' : '000000');
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await page.getByText('Kod jest nieprawidłowy.').waitFor();
  await page.getByRole('textbox', { name: 'Kod' }).fill(code);
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
}

test('a code by e-mail is set up and asked for', async () => {
  await go(page, 'Ustawienia');
  await panel().getByRole('button', { name: 'Kod e-mailem' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Dalej' }).click();
  await confirm(page.getByRole('dialog'), await mailedCode());
  await told(page, 'Dodano. Od teraz logowanie będzie o to pytać.');
  await signInHalf();
  await signInByCode(mailedCode);
});

test('a code by text message is set up and asked for', async () => {
  await go(page, 'Ustawienia');
  await panel().getByRole('button', { name: 'Kod SMS-em' }).click();
  const dialog = page.getByRole('dialog');
  // Without a country code it could be anyone's.
  await dialog.getByRole('textbox', { name: 'Numer komórkowy' }).fill('601 234 567');
  await dialog.getByRole('button', { name: 'Dalej' }).click();
  await dialog.getByRole('alert').getByText(/Numer komórkowy/).waitFor();
  await dialog.getByRole('textbox', { name: 'Numer komórkowy' }).fill('+48 601 234 567');
  await dialog.getByRole('button', { name: 'Dalej' }).click();
  await confirm(dialog, await textedCode());
  await told(page, 'Dodano. Od teraz logowanie będzie o to pytać.');
  await signInHalf();
  await page.getByRole('combobox', { name: 'Sposób potwierdzenia' }).selectOption('sms');
  await signInByCode(textedCode);
});

test('where a role demands a second factor, nothing else opens until there is one', async () => {
  const owner = ownersApi();
  await server.addOwner(HALINA);
  const { id, name } = (await owner.get('/accounts')).find(({ email }) => email === HALINA.email);
  const { id: role_id } = await owner.post('/roles', {
    name: 'Z drugim składnikiem', definition: { rights: { view_clients: 'all', view_audit: 'all' }, needs_second_factor: true },
  });
  await owner.must('PUT', `/api/v1/accounts/${id}`, { name, role_id, department_ids: [] });

  const hers = await newContext(browser);
  const other = await hers.newPage();
  await other.goto(`${server.url}/login`);
  await other.getByRole('textbox', { name: 'E-mail' }).fill(HALINA.email);
  await other.getByLabel('Hasło', { exact: true }).fill(HALINA.password);
  await other.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
  const notice = panel(other).getByRole('alert').getByText('Reszta systemu otworzy się, gdy go dodasz.');
  await notice.waitFor();
  assert.equal(new URL(other.url()).pathname, '/settings');
  assert.deepEqual(await violations(other), []);
  // Neither by typing an address nor past the app.
  for (const path of ['/clients', '/privacy/activity']) {
    await other.goto(server.url + path);
    await notice.waitFor();
    assert.equal(new URL(other.url()).pathname, '/settings', path);
  }
  assert.equal(await other.getByRole('link', { name: 'Klienci', exact: true }).count(), 0);
  const status = () => other.evaluate(async () => {
    const ask = (path, body) => fetch(`/api/v1${path}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return Promise.all([ask('/clients/search', '{}'), ask('/audit-events'), ask('/session')].map(async (answer) => (await answer).status));
  });
  assert.deepEqual(await status(), [403, 403, 200]);

  await panel(other).getByRole('button', { name: 'Kod SMS-em' }).click();
  await other.getByRole('dialog').getByRole('textbox', { name: 'Numer komórkowy' }).fill('+48 601 234 567');
  await other.getByRole('dialog').getByRole('button', { name: 'Dalej' }).click();
  await confirm(other.getByRole('dialog'), await textedCode());
  await other.getByRole('link', { name: 'Klienci', exact: true }).click();
  await other.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  assert.deepEqual(await status(), [200, 200, 200]);
  await hers.close();
});

/** The owner's session in the browser, for asking the API. */
function ownersApi() {
  const api = new Api(server.url);
  const call = api.call.bind(api);
  api.call = async (method, path, body, headers = {}) => {
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    return call(method, path, body, { ...headers, cookie });
  };
  return api;
}

test('nothing was complained about', () => assert.deepEqual(complaints, []));
