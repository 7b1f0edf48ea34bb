// What forms do around their fields: files, endings, a window, colours; by the script and without JavaScript.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer, startSite } from './lib/server.mjs';

const PDF = { name: 'Oferta ż.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 oferta') };

let server, api, browser, site, form;

/** A host page that allows nothing but the form's script and its calls. */
const strict = () => `default-src 'none'; script-src ${server.url}; connect-src ${server.url}; worker-src blob:; base-uri 'none'`;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  browser = await startBrowser();
  site = await startSite({
    '/script': () => ({
      body: `<div data-zgoda-form="${form.public_id}"></div><script src="${server.url}/embed/v1.js" async></script>`,
      csp: strict(),
    }),
  });
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

async function quote(change = () => {}) {
  form = await api.makeForm('Wycena', 'quote', (definition) => {
    definition.allowed_origins = [site.url];
    definition.appearance = { accent: '#ffe08a', font: 'serif' };
    definition.fields.push({ key: 'come', kind: 'radio', label: 'Termin', options: ['Pilne', 'Zwykłe'] });
    definition.endings = [{ field: 'come', answer: 'Pilne', thank_you: 'Zadzwonimy dziś.' }];
    change(definition);
  });
}

async function fill(root, email) {
  await root.getByLabel('Imię i nazwisko').fill('Jan Wzorowy');
  await root.getByLabel('Adres e-mail').fill(email);
  await root.getByLabel('Czego dotyczy wycena').fill('Sto krzeseł');
  await root.getByRole('radio', { name: 'Pilne' }).check();
}

async function newestFiles() {
  const [newest] = await api.submissions();
  return (await api.get(`/submissions/${newest.id}`)).files ?? [];
}

describe('script', () => {
  test('sends a file, and the answer chooses the ending', async () => {
    await quote();
    const context = await newContext(browser);
    const complaints = watch(context, [server.url, site.url]);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    const shown = page.getByRole('form', { name: 'Wycena' });
    await shown.waitFor();
    await fill(shown, 'jan@example.com');
    const file = shown.getByLabel('Załącznik');
    assert.match(await file.getAttribute('accept'), /^\.pdf,/);

    await file.setInputFiles({ ...PDF, buffer: Buffer.alloc(11 * 1024 * 1024) });
    await shown.getByRole('button', { name: 'Wyślij' }).click();
    await shown.getByText('Ten plik jest za duży.').waitFor();
    assert.equal(await file.getAttribute('aria-invalid'), 'true');
    assert.equal((await api.submissions()).length, 0);

    await file.setInputFiles(PDF);
    await shown.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Zadzwonimy dziś.').waitFor();
    assert.deepEqual((await newestFiles()).map(({ name, size }) => [name, size]), [['Oferta ż.pdf', 15]]);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('wears the colour of its form, with readable text on it', async () => {
    await quote();
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    const button = page.getByRole('button', { name: 'Wyślij' });
    await button.waitFor();
    const worn = await button.evaluate((element) => {
      const style = getComputedStyle(element);
      return [style.backgroundColor, style.color];
    });
    assert.deepEqual(worn, ['rgb(255, 224, 138)', 'rgb(0, 0, 0)']);
    await context.close();
  });

  test('says when it opens, and that it is closed', async () => {
    await quote((definition) => {
      definition.opens_at = '2999-12-01T08:00:00Z';
    });
    const context = await newContext(browser);
    const page = await context.newPage();
    await page.goto(`${site.url}/script`);
    const told = page.getByText('Ten formularz nie jest jeszcze otwarty');
    await told.waitFor();
    assert.match(await told.textContent(), /1 grudnia 2999|December 2999/);
    await quote((definition) => {
      definition.closes_at = '2020-01-01T00:00:00Z';
    });
    await page.reload();
    await page.getByText(/formularz jest zamknięty|form is closed/).waitFor();
    await context.close();
  });
});

describe('without JavaScript', () => {
  test('a file comes along, and the page wears the colour', async () => {
    await quote();
    const context = await newContext(browser, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.url}/f/${form.public_id}`);
    const before = (await api.submissions()).length;
    await fill(page, 'ewa@example.com');
    await page.getByLabel('Załącznik').setInputFiles({ ...PDF, name: 'a.exe' });
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('pliki trzeba wybrać jeszcze raz').waitFor();
    assert.equal((await api.submissions()).length, before);
    await page.getByLabel('Załącznik').setInputFiles(PDF);
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Zadzwonimy dziś.').waitFor();
    assert.deepEqual((await newestFiles()).map(({ name }) => name), ['Oferta ż.pdf']);
    await context.close();
  });

  test('a full form is closed', async () => {
    await quote((definition) => {
      definition.quota = 1;
    });
    const context = await newContext(browser, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.url}/f/${form.public_id}`);
    await fill(page, 'ostatni@example.com');
    await page.getByRole('button', { name: 'Wyślij' }).click();
    await page.getByText('Zadzwonimy dziś.').waitFor();
    await page.goto(`${server.url}/f/${form.public_id}`);
    await page.getByText('Ten formularz jest zamknięty.').waitFor();
    await context.close();
  });

  test('the hosted page is accessible', async () => {
    await quote();
    const context = await newContext(browser, { bypassCSP: true });
    const page = await context.newPage();
    await page.goto(`${server.url}/f/${form.public_id}`);
    await page.addScriptTag({ content: axe.source });
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
    await context.close();
  });
});
