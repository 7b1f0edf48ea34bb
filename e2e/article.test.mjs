// The path of the article, word for word: a contact form with a consent tick whose answer lands on the client's card.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { go, section, setUpOwner, told } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer, startSite } from './lib/server.mjs';

const run = promisify(execFile);
const TICK = 'Zgoda na przetwarzanie danych';
const NAME = 'Żaneta Źdźbło-Łoś';

let server, browser, site, context, page, complaints;
let snippet = '';

const has = (program) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));

before(async () => {
  server = await startServer();
  site = await startSite({
    '/kontakt': () => ({ body: snippet, csp: `default-src 'none'; script-src ${server.url}; connect-src ${server.url}; worker-src blob:` }),
  });
  browser = await startBrowser();
  context = await newContext(browser, { acceptDownloads: true });
  // Asking who is signed in is answered 401 before anybody is.
  complaints = watch(context, [server.url], (text) => /status of 401/.test(text));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const properties = () => page.getByRole('region', { name: 'Właściwości pola' });
const fields = () => page.getByRole('region', { name: 'Pola', exact: true });
const save = async () => {
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  await told(page, 'Zapisano.');
};

test('the printed link leads in', async () => {
  await setUpOwner(page, server);
});

test('a form from the template, with +Pole Radio and its only option', async () => {
  await go(page, 'Formularze');
  await page.getByRole('button', { name: 'Nowy formularz' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Kontakt ze strony');
  await dialog.getByRole('combobox', { name: 'Szablon' }).selectOption({ label: 'Kontakt' });
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('button', { name: '+Pole Radio' }).click();
  const options = properties().getByRole('textbox', { name: 'Opcje' });
  await options.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  assert.equal(await options.inputValue(), '');
  await page.keyboard.type(TICK);
  assert.equal(await page.getByRole('region', { name: 'Podgląd' }).getByRole('checkbox', { name: TICK }).isChecked(), false);

  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Sposób mapowania' }).selectOption({ label: 'Klient' });
  await save();
});

test('Dodaj własne pole from the list of clients', async () => {
  await go(page, 'Klienci');
  await page.getByRole('button', { name: 'Ustawienia listy' }).click();
  await page.getByRole('menuitem', { name: 'Dodaj własne pole' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Zgoda');
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await dialog.waitFor({ state: 'detached' });
});

test('Pole zgłoszenia of every field, the origin, publishing', async () => {
  await go(page, 'Formularze');
  await page.getByRole('link', { name: 'Kontakt ze strony' }).click();
  await fields().getByRole('button', { name: /^Radio/ }).click();
  await properties().getByRole('combobox', { name: 'Pole zgłoszenia' }).selectOption({ label: 'Zgoda' });
  for (const [label, target] of [['Imię i nazwisko', 'Nazwa'], ['Adres e-mail', 'E-mail'], ['Telefon', 'Telefon'], ['Wiadomość', 'Notatka']]) {
    await fields().getByRole('button', { name: new RegExp(`^${label}`) }).click();
    const select = properties().getByRole('combobox', { name: 'Pole zgłoszenia' });
    await select.selectOption({ label: target });
    assert.equal(await select.evaluate((element) => element.selectedOptions[0].textContent), target);
  }
  // Clicking the field again shows what was chosen.
  await page.getByRole('region', { name: 'Podgląd' }).getByText(TICK).click();
  assert.equal(await properties().getByRole('combobox', { name: 'Pole zgłoszenia' }).evaluate((element) => element.selectedOptions[0].textContent), 'Zgoda');
  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Strony, na których wolno osadzić' }).fill(site.url);
  await save();
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await told(page, 'Formularz opublikowany.');
  await page.getByRole('tab', { name: 'Osadzanie' }).click();
  snippet = await page.getByText(/embed\/v1\.js/).first().textContent();
  assert.match(snippet, /data-zgoda-form="[^"]+"/);
});

async function visit(name, email, consents) {
  const visitor = await newContext(browser);
  const seen = watch(visitor, [server.url, site.url]);
  const page = await visitor.newPage();
  await page.goto(`${site.url}/kontakt`);
  await page.getByLabel('Imię i nazwisko').fill(name);
  await page.getByLabel('Adres e-mail').fill(email);
  await page.getByLabel('Telefon').fill('+48 601 234 567');
  await page.getByLabel('Wiadomość').fill('Zażółć gęślą jaźń.');
  const tick = page.getByRole('checkbox', { name: TICK });
  assert.equal(await tick.isChecked(), false);
  await tick.check();
  await tick.uncheck();
  assert.equal(await tick.isChecked(), false);
  if (consents) await tick.check();
  await page.getByRole('button', { name: 'Wyślij' }).click();
  await page.getByRole('status').filter({ hasText: 'Dziękujemy, otrzymaliśmy' }).waitFor();
  assert.deepEqual(seen, []);
  await visitor.close();
}

test('visitors fill it in on the company page', async () => {
  await visit(NAME, 'zaneta@example.com', true);
  await visit('Adam Bez', 'adam@example.com', false);
});

test('the client is in the list and Zgoda on the card', async () => {
  await go(page, 'Klienci');
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
  const custom = section(page, 'Dodatkowe pola');
  await custom.getByText(TICK).waitFor();
  assert.match(await custom.textContent(), /Zgoda/);
  assert.match(await section(page, 'Dane').textContent(), /zaneta@example\.com/);
});

test('the column Zgoda in the list: shown, sorted by, filtered by', async () => {
  await go(page, 'Klienci');
  const table = page.getByRole('table', { name: 'Klienci' });
  const header = table.getByRole('columnheader', { name: 'Zgoda' });
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  const choice = page.getByRole('checkbox', { name: 'Zgoda' });
  if (await choice.isChecked()) {
    await choice.uncheck();
    await header.waitFor({ state: 'detached' });
  }
  await choice.check();
  await header.waitFor();
  await page.keyboard.press('Escape');
  await table.getByRole('row', { name: new RegExp(NAME) }).getByRole('cell', { name: TICK }).waitFor();
  await page.reload();
  await header.waitFor();
  await table.getByRole('link', { name: NAME }).waitFor();

  const names = async () => table.getByRole('rowheader').getByRole('link').allTextContents();
  const order = async (direction) => {
    await header.getByRole('button').click();
    await page.locator(`th[aria-sort=${direction}]`).filter({ hasText: 'Zgoda' }).waitFor();
    await page.locator('table[aria-busy=false]').waitFor();
    return names();
  };
  const ascending = await order('ascending');
  const descending = await order('descending');
  assert.deepEqual([...ascending].sort(), ['Adam Bez', NAME]);
  assert.deepEqual([...descending].reverse(), ascending);

  const condition = async (comparison) => {
    await page.getByRole('button', { name: 'Warunek', exact: true }).click();
    await page.getByRole('combobox', { name: 'Pole', exact: true }).selectOption({ label: 'Zgoda' });
    await page.getByRole('combobox', { name: 'Porównanie' }).selectOption({ label: comparison });
    await page.getByRole('button', { name: 'Dodaj warunek' }).click();
    await page.getByRole('button', { name: `Usuń warunek: Zgoda ${comparison}` }).waitFor();
  };
  const alone = async (name, other) => {
    await table.getByRole('link', { name: other }).waitFor({ state: 'detached' });
    assert.deepEqual(await names(), [name]);
  };
  await condition('jest wypełnione');
  await alone(NAME, 'Adam Bez');
  await page.getByRole('button', { name: 'Wyczyść' }).click();
  await table.getByRole('link', { name: 'Adam Bez' }).waitFor();
  await condition('jest puste');
  await alone('Adam Bez', NAME);
  await page.getByRole('button', { name: 'Wyczyść' }).click();
});

/** Takes a file from the card's menu. */
async function download(label) {
  await page.getByRole('button', { name: 'Wydaj dane' }).click();
  const coming = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: label }).click();
  const file = await coming;
  return { path: await file.path(), name: file.suggestedFilename() };
}

test('the data are handed over as a workbook and as JSON', async () => {
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
  const folder = await mkdtemp(join(tmpdir(), 'zgoda-xlsx-'));
  try {
    const workbook = await download('Arkusz XLSX');
    assert.match(workbook.name, /\.xlsx$/);
    let text;
    if (has('soffice')) {
      // 44 comma, 34 quotes, 76 UTF-8, -1 every sheet.
      const filter = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1';
      await run('soffice', [`-env:UserInstallation=file://${folder}/profile`, '--headless', '--convert-to', filter, '--outdir', join(folder, 'csv'), workbook.path], { timeout: 150_000 });
      const sheets = await readdir(join(folder, 'csv'));
      assert.ok(sheets.length > 0, 'LibreOffice opened the workbook');
      text = (await Promise.all(sheets.map((sheet) => readFile(join(folder, 'csv', sheet), 'utf8')))).join('\n');
    } else {
      text = (await run('unzip', ['-p', workbook.path, 'xl/sharedStrings.xml'])).stdout;
    }
    for (const expected of [NAME, 'zaneta@example.com', TICK, 'Zażółć gęślą jaźń.', 'Kontakt ze strony']) {
      assert.ok(text.includes(expected), `${expected} is missing from the workbook:\n${text}`);
    }
    const file = await download('Plik JSON');
    assert.match(file.name, /\.json$/);
    const json = await readFile(file.path, 'utf8');
    JSON.parse(json);
    for (const expected of [NAME, 'zaneta@example.com', TICK, 'Zażółć gęślą jaźń.']) {
      assert.ok(json.includes(expected), `${expected} is missing from the JSON file`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the same screens in English', async () => {
  await page.getByRole('button', { name: /^Konto/ }).click();
  await page.getByRole('menuitem', { name: /English/ }).click();
  await page.getByRole('heading', { name: 'Additional fields' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByRole('button', { name: 'Hand over data' }).waitFor();
  await go(page, 'Clients');
  await page.getByRole('button', { name: 'Display options' }).waitFor();
  await page.getByRole('button', { name: 'List settings' }).click();
  await page.getByRole('menuitem', { name: 'Add custom field' }).click();
  await page.getByRole('dialog', { name: 'Add custom field' }).getByRole('button', { name: 'Cancel' }).click();
  await go(page, 'Forms');
  await page.getByRole('link', { name: 'Kontakt ze strony' }).click();
  await page.getByRole('button', { name: '+Radio field' }).waitFor();
  await page.getByRole('region', { name: 'Fields', exact: true }).getByRole('button', { name: /^Radio/ }).click();
  const panel = page.getByRole('region', { name: 'Field properties' });
  assert.equal(await panel.getByRole('combobox', { name: 'Submission field' }).evaluate((element) => element.selectedOptions[0].textContent), 'Zgoda');
  assert.equal(await panel.getByRole('textbox', { name: 'Options' }).inputValue(), TICK);
  await page.getByText('More options', { exact: true }).click();
  assert.equal(await page.getByRole('combobox', { name: 'Mapping' }).evaluate((element) => element.selectedOptions[0].textContent), 'Client');
  await page.reload();
  await page.getByRole('button', { name: 'Publish' }).waitFor();
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
