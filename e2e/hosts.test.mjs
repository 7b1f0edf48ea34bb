// Forms on pages of invented companies: each has looks, habits and rules of its own.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { go, signIn } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer, startSite } from './lib/server.mjs';

const folder = fileURLToPath(new URL('./hosts/', import.meta.url));
const pictures = process.env.ZGODA_PICTURES;

/** Each page, with what it looks like: letters, the button's colour, and what it allows. */
const HOSTS = [
  { name: 'wordpress', font: /Palatino/, accent: 'rgb(47, 107, 60)' },
  { name: 'static', font: /Verdana/, accent: 'rgb(180, 35, 24)', pinned: true },
  { name: 'app', font: /Trebuchet/, accent: 'rgb(123, 45, 139)', own: '#orders' },
  { name: 'strict', font: /Garamond/, accent: 'rgb(27, 36, 48)', pinned: true, csp: (server) => `default-src 'none'; script-src ${server}; connect-src ${server}; style-src 'self'; base-uri 'none'; form-action 'none'` },
  { name: 'narrow', font: /Arial/, accent: 'rgb(252, 163, 17)' },
];

let server, api, browser, site, form;

before(async () => {
  // As operators run it: with the time that a person takes.
  server = await startServer({ ZGODA_FORM_MIN_SECONDS: '2' });
  api = await Api.setUp(server);
  browser = await startBrowser();
  const read = async (file) => {
    const { embed_path: script, embed_integrity: integrity } = form;
    const values = { server: server.url, form: form.public_id, script, integrity };
    return (await readFile(folder + file, 'utf8')).replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
  };
  const pages = {};
  for (const { name, csp } of HOSTS) pages[`/${name}`] = async () => ({ whole: await read(`${name}.html`), csp: csp?.(server.url) });
  const strict = HOSTS.find(({ name }) => name === 'strict');
  pages['/worker'] = async () => ({ whole: (await read('strict.html')).replace('data-zgoda-worker="none"', ''), csp: strict.csp(server.url) });
  for (const file of ['wordpress.css', 'wordpress.js', 'app.js', 'strict.css']) {
    const type = file.endsWith('css') ? 'text/css' : 'text/javascript';
    pages[`/${file}`] = async () => ({ whole: await read(file), type });
  }
  site = await startSite(pages);
  form = await api.makeForm('Kontakt', 'contact', (definition) => {
    definition.allowed_origins = [site.url];
    definition.strict = true;
    definition.fields.push({ key: 'zgoda', kind: 'radio', label: 'Zgoda', options: ['Zgoda na przetwarzanie danych'] });
  });
  form = await api.get(`/forms/${form.id}`);
  if (pictures) mkdirSync(pictures, { recursive: true });
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const received = async () => (await api.submissions()).filter(({ form_id }) => form_id === form.id);

/** How the page's own elements look. */
const looks = (page) => page.evaluate(() => {
  const own = [...document.querySelectorAll('h1, p, a, ul, header, footer, .search-field, .card')].filter((element) => !element.closest('.zgoda-form, .zgoda-form__status'));
  const names = ['fontFamily', 'fontSize', 'color', 'backgroundColor', 'marginTop', 'marginBottom', 'paddingLeft', 'display', 'borderTopWidth'];
  return own.map((element) => names.map((name) => getComputedStyle(element)[name]).join('|'));
});

const stored = (page) => page.evaluate(async () => ({
  cookie: document.cookie, local: localStorage.length, session: sessionStorage.length, databases: (await indexedDB.databases()).length,
}));
const NOTHING = { cookie: '', local: 0, session: 0, databases: 0 };

for (const { name, font, accent, pinned, own } of HOSTS) {
  describe(name, () => {
    test('shows the form in its own looks, takes the errors, sends with a proof, keeps nothing', async () => {
      const context = await newContext(browser, name === 'narrow' ? { viewport: { width: 320, height: 640 } } : {});
      const page = await context.newPage();
      // First without the form: what the page looks like by itself.
      await context.route('**/embed/*', (route) => route.abort());
      await page.goto(`${site.url}/${name}`);
      if (own) await page.locator(own).waitFor();
      const before = await looks(page);
      assert.ok(before.length > 0);
      await context.unroute('**/embed/*');

      const complaints = watch(context, [server.url, site.url], (text) => /status of 422/.test(text));
      const bodies = [];
      context.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/submissions')) bodies.push(request.postDataJSON());
      });
      await page.goto(`${site.url}/${name}`);
      const shown = page.getByRole('form', { name: 'Kontakt' });
      await shown.waitFor();
      assert.deepEqual(await looks(page), before, 'the page is as it was');
      const style = (locator, property) => locator.evaluate((element, property) => getComputedStyle(element)[property], property);
      assert.match(await style(shown.getByText('Imię i nazwisko'), 'fontFamily'), font);
      assert.equal(await style(shown.getByRole('button', { name: 'Wyślij' }), 'backgroundColor'), accent);
      if (pinned) assert.match(await page.locator('script[integrity]').getAttribute('src'), /\/embed\/v1\.[0-9a-f]{16}\.js$/);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });

      // The decoy is nowhere to be seen or reached.
      const decoy = shown.locator('[aria-hidden=true] input');
      const box = await decoy.boundingBox();
      assert.ok(box.x + box.width < 0, JSON.stringify(box));
      assert.equal(await decoy.getAttribute('tabindex'), '-1');
      assert.equal(await shown.getByRole('textbox').count(), 4, 'name, address, phone and message');

      await shown.getByLabel('Imię i nazwisko').fill('Żaneta Łoś');
      await shown.getByLabel('Wiadomość').fill('Proszę o ofertę.');
      await shown.getByLabel('Adres e-mail').fill('nie adres');
      await shown.getByRole('button', { name: 'Wyślij' }).click();
      await shown.locator('[aria-invalid=true]').waitFor();
      assert.ok(await shown.getByText('Wpisz pełny adres e-mail').isVisible());
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-error.png`, fullPage: true });
      // Everything fits on the narrowest telephone.
      const size = page.viewportSize();
      await page.setViewportSize({ width: 320, height: 640 });
      const widths = await page.evaluate(() => {
        const wide = document.querySelector('form.zgoda-form').getBoundingClientRect();
        return [document.documentElement.scrollWidth, Math.round(wide.left), Math.round(wide.right)];
      });
      assert.ok(widths[0] <= 320 && widths[1] >= 0 && widths[2] <= 320, `${widths}`);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-320.png`, fullPage: true });
      await page.setViewportSize(size);

      const count = (await received()).length;
      await shown.getByLabel('Adres e-mail').fill(`${name}@example.com`);
      await shown.getByRole('button', { name: 'Wyślij' }).click();
      await page.getByText('Dziękujemy').waitFor();
      assert.equal((await received()).length, count + 1, 'no spam, although the form is strict');
      for (const body of bodies) assert.match(body.proof, /^[\w-]{80}(\.\d+){8}$/);
      assert.equal(bodies.length, 2);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-thanks.png`, fullPage: true });
      assert.deepEqual(await stored(page), NOTHING);
      assert.deepEqual(await context.cookies(), []);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  });
}

test('an application that makes its page anew shows the form anew, and what was begun does no harm', async () => {
  const context = await newContext(browser);
  const complaints = watch(context, [server.url, site.url]);
  const page = await context.newPage();
  await page.goto(`${site.url}/app`);
  await page.getByLabel('Imię i nazwisko').fill('Zaczęte');
  for (let times = 0; times < 3; times++) await page.evaluate(() => window.again());
  await page.getByLabel('Imię i nazwisko').fill('Ola Nowa');
  await page.getByLabel('Adres e-mail').fill('ola.nowa@example.com');
  await page.getByLabel('Wiadomość').fill('Bukiet');
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByText('Dziękujemy').waitFor();
  await page.getByText('Zamówień: 1').waitFor();
  assert.equal(await page.getByRole('form').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('where no worker is allowed the page computes by itself, and stays awake', async () => {
  const context = await newContext(browser);
  const blocked = [];
  context.on('console', (message) => { if (/worker/i.test(message.text()) && message.type() === 'error') blocked.push(message.text()); });
  const page = await context.newPage();
  // Without the attribute the worker is tried: the browser complains once and the form goes on.
  await page.goto(`${site.url}/worker`);
  await page.getByLabel('Imię i nazwisko').fill('Bez Robotnika');
  await page.getByLabel('Adres e-mail').fill('bez@example.com');
  await page.getByLabel('Wiadomość').fill('Dzień dobry');
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByText('Dziękujemy').waitFor();
  assert.equal(blocked.length, 1, `${blocked}`);
  await context.close();
});

test('a proof that was used or became too old is made anew without a word', async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  const bodies = [];
  await page.route('**/submissions', async (route) => {
    if (route.request().method() === 'POST') {
      bodies.push(route.request().postDataJSON());
      // Somebody else has used this one up.
      if (bodies.length === 1) await api.must('POST', `/api/v1/public/forms/${form.public_id}/submissions`, { ...bodies[0], answers: { ...bodies[0].answers, email: 'inny@example.com' } }, { origin: site.url });
    }
    await route.continue();
  });
  await page.goto(`${site.url}/narrow`);
  await page.getByLabel('Imię i nazwisko').fill('Cierpliwa');
  await page.getByLabel('Adres e-mail').fill('cierpliwa@example.com');
  await page.getByLabel('Wiadomość').fill('Dzień dobry');
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByText('Dziękujemy').waitFor();
  assert.equal(bodies.length, 2);
  assert.notEqual(bodies[0].proof, bodies[1].proof);
  assert.deepEqual(bodies[0].answers, bodies[1].answers);
  await context.close();
});

test('a program that fills in everything is thanked, and staff find it among the spam', async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${site.url}/narrow`);
  await page.getByRole('form').waitFor();
  const count = (await received()).length;
  await page.evaluate(() => {
    for (const input of document.querySelectorAll('form input[type=text], form input[type=email], form textarea')) input.value = 'kup@example.com';
  });
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByText('Dziękujemy').waitFor();
  assert.equal((await received()).length, count);
  const { items } = await api.get('/submissions?status=spam');
  assert.deepEqual(items.map(({ suspicion }) => suspicion), ['decoy']);
  await context.close();
});

test('staff find the spam with its reason, restore one and delete another', async () => {
  await api.must('POST', `/api/v1/public/forms/${form.public_id}/submissions`, await spam('przywroc@example.com'), { origin: site.url });
  const context = await newContext(browser);
  const complaints = watch(context, [server.url], (text) => /status of 401/.test(text));
  const page = await context.newPage();
  await signIn(page, server);
  await go(page, 'Zgłoszenia');
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  assert.equal(await page.getByText('Wypełniono pole').count(), 0);
  await page.getByLabel('Status').selectOption('Spam');
  await page.getByText('Wypełniono pole, którego ludzie nie widzą.').nth(1).waitFor();
  assert.equal(await rows.count(), 2);
  if (pictures) await page.screenshot({ path: `${pictures}/staff-spam.png`, fullPage: true });
  await rows.first().getByRole('link').first().click();
  await page.getByText('Wygląda na dzieło programu').waitFor();
  assert.ok(await page.getByText('przywroc@example.com').isVisible());
  if (pictures) await page.screenshot({ path: `${pictures}/staff-spam-open.png`, fullPage: true });
  await page.getByRole('button', { name: 'To nie spam' }).click();
  await page.getByText('Zgłoszenie przywrócone.').waitFor();
  await page.getByRole('link', { name: 'Otwórz kartę klienta' }).waitFor();
  assert.ok((await received()).some(({ client_name }) => client_name === 'Automat'));

  await page.getByRole('link', { name: 'Zgłoszenia' }).first().click();
  await page.getByLabel('Status').selectOption('Spam');
  await page.getByText('Wypełniono pole, którego ludzie nie widzą.').waitFor();
  assert.equal(await rows.count(), 1);
  await rows.first().getByRole('link').first().click();
  await page.getByRole('button', { name: 'Usuń' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Usuń' }).click();
  await page.getByText('Zgłoszenie usunięte.').waitFor();
  await page.getByLabel('Status').selectOption('Spam');
  await page.getByText('Nie ma spamu').waitFor();
  assert.deepEqual((await api.get('/submissions?status=spam')).items, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

/** What a program sends that does the work and fills in everything. */
async function spam(email) {
  const { form_version, decoy } = await api.get(`/public/forms/${form.public_id}`);
  const { token, salt, parts, difficulty } = await (await api.call('GET', `/api/v1/public/forms/${form.public_id}/challenge`, undefined, { origin: site.url })).json();
  const state = { numbers: [], next: 0 };
  new Function(`${await readFile(new URL('../embed/proof.js', import.meta.url), 'utf8')}; return zgodaProof;`)().make().search({ salt, parts, difficulty }, state);
  return { form_version, answers: { name: 'Automat', email, message: 'x', [decoy]: 'x' }, proof: [token, ...state.numbers].join('.') };
}

test('the hosted page proves its work by itself, and says what it needs where it cannot', async () => {
  const context = await newContext(browser);
  const complaints = watch(context, [server.url]);
  const page = await context.newPage();
  await page.goto(`${server.url}/f/${form.public_id}`);
  await page.getByLabel('Imię i nazwisko').fill('Gość Strony');
  await page.getByLabel('Adres e-mail').fill('gosc.strony@example.com');
  await page.getByLabel('Wiadomość').fill('Dzień dobry');
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByText('Dziękujemy').waitFor();
  assert.deepEqual(await stored(page), NOTHING);
  assert.deepEqual(complaints, []);
  await context.close();

  const plain = await newContext(browser, { javaScriptEnabled: false });
  const bare = await plain.newPage();
  await bare.goto(`${server.url}/f/${form.public_id}`);
  // The browser says of what is only for it that it is not there.
  assert.match(await bare.locator('noscript').textContent(), /Ten formularz wymaga włączonego JavaScriptu\./);
  await plain.close();
});

test('a script that was changed on the way is not run', async () => {
  const text = await (await fetch(server.url + form.embed_path)).text();
  assert.equal(`sha384-${createHash('sha384').update(text).digest('base64')}`, form.embed_integrity);
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.route('**/embed/*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `${await answer.text()};window.evil = true;` });
  });
  await page.goto(`${site.url}/static`);
  await page.waitForLoadState('networkidle');
  assert.deepEqual(await page.evaluate(() => [typeof window.Zgoda, window.evil]), ['undefined', undefined]);
  await context.close();
});
