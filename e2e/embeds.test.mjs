// The four ways onto a website: script, JSON, frame, plain HTML.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer, startSite } from './lib/server.mjs';

const TICK = 'Zgoda na przetwarzanie danych';
const WORDING = 'Zgadzam się na otrzymywanie newslettera firmy Przykład sp. z o.o. na podany adres e-mail.';

let server, api, browser, site, stranger, form, purpose, wording;

const field = (key, kind, label, more = {}) => ({ key, kind, label, ...more });

/** A host page that allows nothing but the form's script, its calls and its worker. */
const strict = () => `default-src 'none'; script-src ${server.url}; connect-src ${server.url}; worker-src blob:; base-uri 'none'`;

const scripted = (id) => `<div id="place" data-zgoda-form="${id}" data-zgoda-value-source="kampania-jesień"><a href="${server.url}/f/${id}">Formularz</a></div>
<script src="${server.url}/embed/v1.js" async></script>`;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  browser = await startBrowser();
  const pages = {
    '/script': () => ({ body: scripted(form.public_id), csp: strict() }),
    '/twice': () => ({ body: scripted(form.public_id) + scripted(form.public_id).replace('id="place"', ''), csp: strict() }),
    '/blank': () => ({ body: '<p>Nic.</p>' }),
    '/frame': () => ({ body: `<iframe src="${server.url}/f/${form.public_id}?embed=1" title="Kontakt" width="600" height="900"></iframe>` }),
    '/html': () => ({
      body: `<form action="${server.url}/f/${form.public_id}" method="post">
<input type="hidden" name="_version" value="${form.form_version}">
<label>Imię <input name="name"></label><label>E-mail <input name="email"></label><label>Wiadomość <textarea name="message"></textarea></label>
<label><input type="checkbox" name="zgoda" value="${TICK}"> ${TICK}</label>
<button>Wyślij</button></form>`,
    }),
  };
  site = await startSite(pages);
  stranger = await startSite(pages);
  const { id } = await api.post('/purposes', { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email'] });
  purpose = id;
  wording = (await api.post(`/purposes/${id}/wordings`, { language: 'pl', text: WORDING })).id;
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await stranger?.stop();
  await server?.stop();
});

async function publicForm() {
  const shown = await api.get(`/public/forms/${form.public_id}`);
  form.form_version = shown.form_version;
  return shown;
}

async function freshForm(change = () => {}) {
  form = await api.makeForm('Kontakt', 'contact', (definition) => {
    definition.allowed_origins = [site.url];
    definition.fields.push(field('zgoda', 'radio', 'Zgoda', { options: [TICK] }));
    change(definition);
  });
  await publicForm();
  return form;
}

async function fill(root, name, email) {
  await root.getByLabel('Imię i nazwisko').fill(name);
  await root.getByLabel('Adres e-mail').fill(email);
  await root.getByLabel('Wiadomość').fill('Proszę o ofertę.\nDziękuję – Żółć!');
}

/** The answers of the newest submission, by key. */
async function newestAnswers() {
  const [newest] = await api.submissions();
  const { answers } = await api.get(`/submissions/${newest.id}`);
  return Object.fromEntries(answers.map(({ key, text }) => [key, text]));
}

describe('script', () => {
  test('shows every kind of field under a strict content security policy, and sends', async () => {
    await freshForm((definition) => {
      definition.fields.push(
        field('intro', 'heading', 'Szczegóły'),
        field('note', 'static_text', 'Odpowiadamy w dwa dni.'),
        field('size', 'radio', 'Wielkość firmy', { options: ['mała', 'duża'], hint: 'Orientacyjnie.' }),
        field('city', 'select', 'Miasto', { options: ['Kraków', 'Łódź'] }),
        field('count', 'number', 'Liczba osób', { hint: 'Liczba całkowita.' }),
        field('day', 'date', 'Termin'),
        field('call', 'checkbox', 'Proszę o telefon'),
        field('source', 'hidden', 'Źródło'),
        field('news', 'consent', 'Newsletter', { consent: { purpose_id: purpose, channel: 'email', wording_id: wording } }),
      );
    });
    const context = await newContext(browser);
    const complaints = watch(context, [server.url, site.url]);
    const page = await context.newPage();
    await page.addInitScript(() => {
      window.heard = [];
      for (const name of ['ready', 'submitted', 'error']) {
        document.addEventListener(`zgoda:${name}`, (event) => window.heard.push([name, JSON.stringify(event.detail)]));
      }
    });
    await page.goto(`${site.url}/script`);
    const shown = page.getByRole('form', { name: 'Kontakt' });
    await shown.waitFor();
    assert.equal(await page.getByRole('link', { name: 'Formularz' }).count(), 0, 'the fallback is replaced');
    assert.equal(await shown.getAttribute('lang'), 'pl');
    assert.equal(await shown.getByLabel('Liczba osób').getAttribute('aria-describedby').then((ids) => page.locator(`[id="${ids.split(' ')[0]}"]`).textContent()), 'Liczba całkowita.');

    // Ticks start empty and can be taken back.
    for (const name of [TICK, 'Newsletter', 'Proszę o telefon']) {
      const tick = shown.getByRole('checkbox', { name });
      assert.equal(await tick.isChecked(), false, name);
      await tick.check();
      await tick.uncheck();
      assert.equal(await tick.isChecked(), false, name);
      await tick.check();
    }
    assert.equal(await shown.getByText(WORDING).count(), 1);
    await shown.getByRole('radiogroup', { name: 'Wielkość firmy' }).getByRole('radio', { name: 'duża' }).check();
    await shown.getByLabel('Miasto').selectOption('Łódź');
    await shown.getByLabel('Liczba osób').fill('12');
    await shown.getByLabel('Termin').fill('2026-12-24');
    await fill(shown, 'Żaneta Źdźbło-Łoś', 'zaneta@example.com');

    // The sheet reaches the page although its policy forbids <style>.
    assert.equal(await shown.getByLabel('Miasto').evaluate((element) => getComputedStyle(element).borderTopWidth), '1px');

    await shown.getByRole('button', { name: 'Wyślij' }).click();
    const thanks = page.locator('.zgoda-form__thanks');
    await page.getByText('Dziękujemy').waitFor();
    assert.match(await thanks.textContent(), /Dziękujemy/);
    assert.equal(await thanks.evaluate((element) => element === document.activeElement), true);
    assert.deepEqual(await newestAnswers(), {
      name: 'Żaneta Źdźbło-Łoś', email: 'zaneta@example.com', message: 'Proszę o ofertę.\nDziękuję – Żółć!', zgoda: TICK,
      size: 'duża', city: 'Łódź', count: '12', day: '2026-12-24', call: 'true', source: 'kampania-jesień', news: 'true',
    });
    const heard = await page.evaluate(() => window.heard);
    assert.deepEqual(heard.map(([name]) => name), ['ready', 'submitted']);
    assert.ok(!JSON.stringify(heard).includes('aneta'), 'no answer in events');
    assert.deepEqual(await context.cookies(), []);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('is accessible', async () => {
    const context = await newContext(browser, { bypassCSP: true });
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await page.getByRole('form').waitFor();
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('alert').filter({ hasText: 'Niektóre pola' }).waitFor();
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, impact, nodes }) => `${impact} ${id} ${nodes.map(({ html }) => html)}`), []);
    await context.close();
  });

  test('puts errors beside the fields, goes to the first, keeps everything', async () => {
    await freshForm();
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await page.getByRole('button', { name: 'Wyślij' }).click();
    const name = page.getByLabel('Imię i nazwisko');
    assert.equal(await name.getAttribute('aria-invalid'), 'true');
    assert.equal(await name.evaluate((element) => element === document.activeElement), true);
    assert.equal(await page.getByText('To pole jest wymagane.').count(), 3);

    await fill(page, 'Jan', 'to nie adres');
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    assert.equal((await answered).status(), 422);
    const email = page.getByLabel('Adres e-mail');
    await page.locator('[aria-invalid=true]').waitFor();
    assert.equal(await email.getAttribute('aria-invalid'), 'true');
    assert.equal(await email.evaluate((element) => element === document.activeElement), true);
    const described = (await email.getAttribute('aria-describedby')).split(' ');
    assert.match(await page.locator(`[id="${described.at(-1)}"]`).textContent(), /adres e-mail/);
    assert.equal(await name.getAttribute('aria-invalid'), null);
    assert.equal(await name.inputValue(), 'Jan');
    assert.equal((await api.submissions()).filter(({ form_id }) => form_id === form.id).length, 0);
    await email.fill('jan@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Dziękujemy').waitFor();
    await context.close();
  });

  test('a lost answer is asked for again with the same key and received once', async () => {
    await freshForm();
    const context = await newContext(browser);
    const page = await context.newPage();
    const keys = [];
    let lose = true;
    await page.route('**/submissions', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      if (!lose) return route.continue();
      lose = false;
      await route.fetch();
      await route.abort();
    });
    await page.goto(`${site.url}/script`);
    await fill(page, 'Ewa', 'ewa@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('alert').filter({ hasText: 'Nie udało się połączyć' }).waitFor();
    assert.equal(await page.getByLabel('Adres e-mail').inputValue(), 'ewa@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Dziękujemy').waitFor();
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.match(keys[0], /^[0-9a-f-]{32,36}$/);
    assert.equal((await api.submissions()).filter(({ form_id }) => form_id === form.id).length, 1);
    await context.close();
  });

  test('too many attempts lose nothing; changed content gets another key', async () => {
    await freshForm();
    const context = await newContext(browser);
    const page = await context.newPage();
    const keys = [];
    await page.route('**/submissions', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fulfill({
        status: 429, contentType: 'application/problem+json', headers: { 'access-control-allow-origin': site.url },
        body: JSON.stringify({ type: '/problems/too-many-requests', title: '', status: 429, code: 'too-many-requests' }),
      });
    });
    await page.goto(`${site.url}/script`);
    await fill(page, 'Ola', 'ola@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('alert').filter({ hasText: 'Zbyt wiele prób' }).waitFor();
    assert.equal(await page.getByLabel('Imię i nazwisko').inputValue(), 'Ola');
    await page.getByLabel('Imię i nazwisko').fill('Aleksandra');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Dziękujemy').waitFor();
    assert.notEqual(keys[0], keys[1]);
    await context.close();
  });

  test('a form published anew is shown again with the answers; a tick does not pass to another text', async () => {
    await freshForm((definition) => {
      definition.fields.push(field('news', 'consent', 'Newsletter', { consent: { purpose_id: purpose, channel: 'email', wording_id: wording } }));
    });
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await fill(page, 'Piotr', 'piotr@example.com');
    await page.getByRole('checkbox', { name: TICK }).check();
    await page.getByRole('checkbox', { name: 'Newsletter' }).check();
    const next = (await api.post(`/purposes/${purpose}/wordings`, { language: 'pl', text: 'Nowa treść: zgadzam się na wszystko inne.' })).id;
    await api.publish(form.id, (definition) => {
      definition.fields.find(({ key }) => key === 'news').consent.wording_id = next;
      definition.fields.push(field('city', 'short_text', 'Miasto'));
    });
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('alert').filter({ hasText: 'zmienił się' }).waitFor();
    assert.equal(await page.getByLabel('Imię i nazwisko').inputValue(), 'Piotr');
    assert.equal(await page.getByRole('checkbox', { name: TICK }).isChecked(), true);
    assert.equal(await page.getByRole('checkbox', { name: 'Newsletter' }).isChecked(), false);
    await page.getByLabel('Miasto').fill('Gdańsk');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Dziękujemy').waitFor();
    assert.equal((await newestAnswers()).city, 'Gdańsk');
    await context.close();
  });

  test('two snippets and an element added later', async () => {
    await freshForm();
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/twice`);
    await page.getByRole('form').nth(1).waitFor();
    await page.evaluate((id) => {
      const element = document.createElement('div');
      element.setAttribute('data-zgoda-form', id);
      document.querySelector('main').append(element);
      window.Zgoda.render(element);
      window.Zgoda.render(element);
    }, form.public_id);
    await page.getByRole('form').nth(2).waitFor();
    assert.equal(await page.getByRole('form').count(), 3);
    const ids = await page.locator('[id]').evaluateAll((elements) => elements.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, 'no id stands twice');
    await context.close();
  });

  test('a closed form says so', async () => {
    await freshForm();
    await api.post(`/forms/${form.id}/close`);
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await page.getByRole('alert').filter({ hasText: 'Ten formularz jest zamknięty.' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Formularz' }).count(), 1, "the page's own words stay");
    await context.close();
  });

  test('goes to the redirect address', async () => {
    await freshForm((definition) => { definition.redirect_url = 'https://thanks.example/dalej'; });
    const context = await newContext(browser);
    await context.route('https://thanks.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Dalej</h1>' }));
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await fill(page, 'Iga', 'iga@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.waitForURL('https://thanks.example/dalej');
    await context.close();
  });

  test('speaks English in an English form', async () => {
    form = await api.makeForm('Contact', 'contact', (definition) => { definition.allowed_origins = [site.url]; }, 'en');
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    await page.getByText('Fields marked * are required.').waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    assert.equal(await page.getByText('This field is required.').count(), 3);
    await context.close();
  });
});

describe('JSON', () => {
  const post = (page, url, body) => page.evaluate(async ([url, body]) => {
    try {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      return { refused: String(error) };
    }
  }, [url, body]);

  test('works from an allowed origin; another one is refused and nothing is stored', async () => {
    await freshForm();
    const url = `${server.url}/api/v1/public/forms/${form.public_id}/submissions`;
    const answers = { name: 'Józef', email: 'jozef@example.com', message: 'Dzień dobry', zgoda: TICK };
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/blank`);
    const good = await post(page, url, { form_version: form.form_version, answers });
    assert.equal(good.status, 201);
    assert.match(good.body.thank_you, /Dziękujemy/);

    const before = (await api.submissions()).length;
    await page.goto(`${stranger.url}/blank`);
    const bad = await post(page, url, { form_version: form.form_version, answers: { ...answers, email: 'obcy@example.com' } });
    assert.match(bad.refused ?? JSON.stringify(bad), /TypeError/);
    // What the browser kept from the page, asked for without a browser.
    const plain = await fetch(url, {
      method: 'POST', headers: { 'content-type': 'application/json', origin: stranger.url },
      body: JSON.stringify({ form_version: form.form_version, answers: { ...answers, email: 'obcy@example.com' } }),
    });
    assert.equal(plain.status, 403);
    assert.equal((await plain.json()).code, 'foreign-origin');
    assert.equal(plain.headers.get('access-control-allow-origin'), null);
    assert.equal((await api.submissions()).length, before);
    assert.ok(!(await api.clients()).some(({ email }) => email === 'obcy@example.com'));
    await context.close();
  });
});

describe('frame', () => {
  test('the host may frame the form and it works there; another host may not', async () => {
    await freshForm();
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/frame`);
    const frame = page.frameLocator('iframe');
    await fill(frame, 'Halina', 'halina@example.com');
    const tick = frame.getByRole('checkbox', { name: TICK });
    assert.equal(await tick.isChecked(), false);
    await tick.check();
    await frame.getByRole('button', { name: 'Wyślij' }).click();
    await frame.getByRole('status').filter({ hasText: 'Dziękujemy' }).waitFor();
    assert.equal((await newestAnswers()).email, 'halina@example.com');

    const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
    await page.goto(`${stranger.url}/frame`);
    await refused;
    assert.equal(await page.frameLocator('iframe').getByLabel('Adres e-mail').count(), 0);
    await context.close();
  });
});

describe('without JavaScript', () => {
  test("the form's own page works, keeps answers beside errors, and after it was published anew", async () => {
    await freshForm((definition) => {
      definition.fields.push(field('news', 'consent', 'Newsletter', { consent: { purpose_id: purpose, channel: 'email', wording_id: wording } }));
    });
    const context = await newContext(browser, { javaScriptEnabled: false });
    const complaints = watch(context, [server.url]);
    const page = await context.newPage();
    await page.goto(`${server.url}/f/${form.public_id}`);
    await fill(page, 'Teresa Wąs', 'teresa@example');
    await page.getByRole('checkbox', { name: TICK }).check();
    let answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    assert.equal((await answered).status(), 422);
    assert.equal(await page.getByLabel('Imię i nazwisko').inputValue(), 'Teresa Wąs');
    assert.equal(await page.getByLabel('Adres e-mail').inputValue(), 'teresa@example');
    assert.equal(await page.getByLabel('Adres e-mail').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.getByRole('checkbox', { name: TICK }).isChecked(), true);
    assert.equal(await page.getByRole('checkbox', { name: 'Newsletter' }).isChecked(), false);

    const next = (await api.post(`/purposes/${purpose}/wordings`, { language: 'pl', text: 'Jeszcze inna treść.' })).id;
    await api.publish(form.id, (definition) => {
      definition.fields.find(({ key }) => key === 'news').consent.wording_id = next;
      definition.fields.push(field('city', 'short_text', 'Miasto'));
    });
    await page.getByLabel('Adres e-mail').fill('teresa@example.com');
    await page.getByRole('checkbox', { name: 'Newsletter' }).check();
    answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    assert.equal((await answered).status(), 409);
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Adres e-mail').inputValue(), 'teresa@example.com');
    assert.equal(await page.getByRole('checkbox', { name: TICK }).isChecked(), true);
    assert.equal(await page.getByRole('checkbox', { name: 'Newsletter' }).isChecked(), false, 'a tick does not pass to another wording');
    await page.getByLabel('Miasto').fill('Łomża');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('status').filter({ hasText: 'Dziękujemy' }).waitFor();
    assert.deepEqual(await newestAnswers(), {
      name: 'Teresa Wąs', email: 'teresa@example.com', message: 'Proszę o ofertę.\nDziękuję – Żółć!', zgoda: TICK, city: 'Łomża',
    });
    assert.deepEqual(complaints.filter((text) => !/status of (409|422)/.test(text)), []);
    await context.close();
  });

  test("a form in the company's own HTML", async () => {
    await freshForm();
    const context = await newContext(browser, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/html`);
    await page.getByLabel('Imię').fill('Wacław');
    await page.getByLabel('E-mail').fill('zły adres');
    await page.getByLabel('Wiadomość').fill('Cześć');
    await page.getByRole('checkbox', { name: TICK }).check();
    await page.getByRole('button', { name: 'Wyślij' }).click();
    // The error page is the form's own, with the answers.
    await page.waitForURL(`${server.url}/f/**`);
    assert.equal(await page.getByLabel('Imię i nazwisko').inputValue(), 'Wacław');
    assert.equal(await page.getByRole('checkbox', { name: TICK }).isChecked(), true);
    await page.getByLabel('Adres e-mail').fill('waclaw@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByRole('status').filter({ hasText: 'Dziękujemy' }).waitFor();
    assert.equal((await newestAnswers()).zgoda, TICK);

    const before = (await api.submissions()).length;
    await page.goto(`${stranger.url}/html`);
    await page.getByLabel('E-mail').fill('obcy@example.com');
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    assert.equal((await answered).status(), 403);
    assert.equal((await api.submissions()).length, before);
    await context.close();
  });

  test('the redirect address is reached from the hosted page', async () => {
    await freshForm((definition) => { definition.redirect_url = 'https://thanks.example/dalej'; });
    const context = await newContext(browser, { javaScriptEnabled: false });
    await context.route('https://thanks.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Dalej</h1>' }));
    const page = await context.newPage();
    await page.goto(`${server.url}/f/${form.public_id}`);
    await fill(page, 'Iga', 'iga2@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.waitForURL('https://thanks.example/dalej');
    await context.close();
  });
});
