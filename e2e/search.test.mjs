// Finding clients by a typed condition: as the article does it, and with mistakes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, field;

const names = () => page.locator('tbody tr a[href^="/clients/"]').allTextContents();
const condition = () => page.getByLabel('Warunek wyszukiwania');

/** Asks, and waits until as many clients are shown. */
async function ask(text, count) {
  await condition().fill(text);
  await condition().press('Enter');
  await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);
  return (await names()).map((name) => name.trim()).sort();
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  field = (await api.post('/custom-fields', { name: 'Umowa', kind: 'checkbox' })).id;
  for (const [name, signed] of [['Anna Podpisana', true], ['Jan Odmowny', false], ['Ewa Nietknięta', undefined]]) {
    await api.post('/clients', { details: { kind: 'person', name }, custom: signed === undefined ? {} : { [field]: signed } });
  }
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('finds everybody without the tick, never touched included, with any quotation marks', async () => {
  await page.getByText('Wyszukiwanie zaawansowane').click();
  // It takes what is typed: letters are no shortcuts of the list, and Enter opens no card.
  await page.waitForFunction(() => document.activeElement.matches('.editor__text'));
  await page.keyboard.type('Nazwa = "x');
  assert.equal(await condition().inputValue(), 'Nazwa = "x');
  for (const text of ['“Umowa” < 1', '„Umowa” < 1', '"Umowa" < 1']) {
    assert.deepEqual(await ask(text, 2), ['Ewa Nietknięta', 'Jan Odmowny'], text);
  }
  assert.deepEqual(await ask('"Umowa" = 1', 1), ['Anna Podpisana']);
  assert.deepEqual(await violations(page), []);
});

test('where nobody is equal to a text, one press finds those who have it in theirs', async () => {
  const hint = page.getByText('Znak = porównuje całą treść pola.', { exact: false });
  await ask('"Umowa" = 1 i nie nazwa = "x" i (nazwa = "podpisana" lub miasto = "krak")', 0);
  await hint.waitFor();
  const button = page.getByRole('button', { name: /^Szukaj: / });
  assert.equal(await button.locator('code').textContent(), '"Umowa" = 1 i nie Nazwa = "x" i (Nazwa ~ "podpisana" lub Miasto ~ "krak")');
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/contains.png` });
  const whole = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertFits(page, 'the hint');
  // Whole within its panel, however little room there is.
  const [panel, clear] = await Promise.all([page.locator('.panel--table').boundingBox(), page.locator('.empty').boundingBox()]);
  assert.ok(clear.y + clear.height <= panel.y + panel.height + 1, 'the empty list is higher than its panel');
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/contains-phone.png`, fullPage: true });
  await page.setViewportSize(whole);
  await page.emulateMedia({ colorScheme: null });
  await button.click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.deepEqual((await names()).map((name) => name.trim()), ['Anna Podpisana']);
  assert.match(await condition().inputValue(), /Nazwa ~ "podpisana"/);
});

test('a wrong name is shown in its place, and one press mends it', async () => {
  await condition().fill('"Umova" < 1');
  await condition().press('Enter');
  await page.getByText('Nie ma pola o tej nazwie.').waitFor();
  assert.equal(await page.locator('mark').textContent(), '"Umova"');
  // Nobody was found by it: no rows and no count of an earlier question.
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 0);
  assert.equal(await page.getByText(/^\d+ klient/).count(), 0);
  // The list says what to do, and offers nothing that cannot work: there is nobody to save, to take out or to try again.
  await page.getByText('Popraw zapytanie').waitFor();
  for (const name of ['Zapisz jako…', 'Eksportuj', 'Spróbuj ponownie']) {
    assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  }
  assert.equal(await page.locator('.table--clients').count(), 0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/search-misread.png` });
  await page.getByRole('button', { name: 'Przejdź do zapytania' }).click();
  await page.waitForFunction(() => document.activeElement.matches('.editor__text'));
  assert.deepEqual(await violations(page), []);
  await page.locator('.query__repairs').getByRole('button', { name: 'Umowa' }).click();
  await page.getByText('Nie ma pola o tej nazwie.').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  for (const name of ['Zapisz jako…', 'Eksportuj']) await page.getByRole('button', { name }).waitFor();
});

test('an unfinished condition says so and keeps what was typed', async () => {
  await condition().fill('"Umowa" <');
  await condition().press('Enter');
  await page.getByText('Warunek jest niedokończony.').waitFor();
  assert.equal(await condition().inputValue(), '"Umowa" <');
});

test('what can follow is proposed, and taken by keys alone', async () => {
  const options = page.getByRole('listbox', { name: 'Podpowiedzi' }).getByRole('option');
  await condition().fill('');
  await condition().pressSequentially('umo');
  await options.filter({ hasText: 'Umowa' }).waitFor();
  await condition().press('ArrowDown');
  const active = await condition().getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`[id="${active}"]`).getAttribute('aria-selected'), 'true');
  assert.deepEqual(await violations(page), []);
  await condition().press('Enter');
  assert.equal(await condition().inputValue(), '"Umowa" ');
  await options.filter({ hasText: 'nie jest żadnym z' }).waitFor();
  await condition().press('Escape');
  await options.first().waitFor({ state: 'hidden' });
  await condition().pressSequentially('= ta');
  await options.filter({ hasText: 'tak' }).waitFor();
  // A word that was begun is finished with Tab.
  await condition().press('Tab');
  assert.equal(await condition().inputValue(), '"Umowa" = tak ');
  // Behind what is whole the list comes when it is asked for.
  await options.first().waitFor({ state: 'hidden' });
  await condition().press('Control+ ');
  await options.filter({ hasText: 'lub' }).waitFor();
  await condition().press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.equal(await page.locator('.editor__paper .token--field').textContent(), '"Umowa"');
});

test('the same condition as rows: each way round, and nothing is lost', async () => {
  const text = '"Umowa" < 1 i (Nazwa ~ "ewa" lub nie (Nazwa ~ "jan" i Miasto jest puste))';
  await condition().fill(text);
  await page.getByRole('button', { name: 'Kreator warunków' }).click();
  const builder = page.getByRole('group', { name: 'Kreator warunków' });
  const rows = builder.locator('.query-rows__row');
  await rows.nth(3).waitFor();
  assert.equal(await rows.count(), 4);
  assert.equal(await builder.locator('.query-rows__group').count(), 3);
  assert.equal(await builder.getByRole('button', { name: 'nie', exact: true, pressed: true }).count(), 1);
  assert.equal(await condition().inputValue(), text);
  assert.deepEqual(await violations(page), []);

  // A value of a row, and how rows are joined.
  await rows.nth(1).getByLabel('Wartość').fill('odm');
  await page.waitForFunction(() => document.querySelector('.editor__text').value.includes('"odm"'));
  assert.equal(await condition().inputValue(), text.replace('"ewa"', '"odm"'));
  await builder.getByRole('button', { name: 'Usuń grupę' }).first().click();
  await page.waitForFunction(() => document.querySelector('.editor__text').value === '"Umowa" < 1');
  // A row that is not finished says nothing yet.
  await builder.getByRole('button', { name: 'Dodaj warunek' }).click();
  await rows.nth(1).getByLabel('Pole').selectOption({ label: 'Nazwa' });
  await rows.nth(1).getByLabel('Porównanie').selectOption({ label: 'zawiera' });
  assert.equal(await condition().inputValue(), '"Umowa" < 1');
  await rows.nth(1).getByLabel('Wartość').fill('odmowny');
  await page.waitForFunction(() => document.querySelector('.editor__text').value === '"Umowa" < 1 i Nazwa ~ "odmowny"');
  await page.getByRole('button', { name: 'Szukaj', exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  // And from the text to the rows.
  await condition().fill('Opiekun = ja lub Nazwa = "Anna Podpisana"');
  await builder.locator('option[value=any]:checked').waitFor({ state: 'attached' });
  await rows.nth(1).waitFor();
  assert.equal(await rows.nth(0).getByLabel('Wartość').inputValue(), 'ja');
  await condition().press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 3);
});

test('closed, the search still says what it asks for', async () => {
  const summary = page.locator('.query > summary');
  assert.equal(await summary.locator('code').count(), 0);
  await summary.click();
  await summary.getByText('Opiekun = ja lub Nazwa = "Anna Podpisana"').waitFor();
  assert.deepEqual(await violations(page), []);
  await summary.press('Enter');
  await summary.locator('code').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.matches('.editor__text'));
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await condition().fill('"Umowa" < 1 i (Nazwa ~ "ewa" lub nie (Nazwa ~ "jan" i (Miasto jest puste lub Opiekun = ja)))');
  await page.locator('.query-rows__group').nth(3).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/search-phone.png`, fullPage: true });
  await assertFits(page, 'advanced search');
  assert.deepEqual(await violations(page), []);
});

test('two fields of one name are told apart, wherever one is to be chosen', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  const own = (await api.post('/custom-fields', { name: 'Miasto', kind: 'short_text' })).id;
  await page.reload();
  await condition().fill('Miasto = "Kielce"');
  await condition().press('Enter');
  const repairs = page.locator('.query__repairs').getByRole('button');
  await repairs.filter({ hasText: 'Miasto (pole własne)' }).waitFor();
  assert.deepEqual(await repairs.allTextContents(), ['Miasto (pole wbudowane)', 'Miasto (pole własne)']);
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/search-ambiguous.png` });
  await repairs.first().click();
  await page.getByText('Nikt nie pasuje').waitFor();
  assert.equal(await condition().inputValue(), 'city = "Kielce"');

  const options = page.getByRole('listbox', { name: 'Podpowiedzi' }).getByRole('option');
  await condition().fill('');
  await condition().pressSequentially('mias');
  await options.filter({ hasText: 'Miasto (pole wbudowane)' }).waitFor();
  await options.filter({ hasText: 'Miasto (pole własne)' }).click();
  assert.equal(await condition().inputValue(), `custom:${own} `);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
