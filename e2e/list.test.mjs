// The client list as people work in it: saved filters, columns, keys, the side panel, editing in place, acting on many.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, signIn, told, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, signed, city, tag, anna;

const OLA = { name: 'Ola Oglądająca', email: 'ola@firma.example', password: 'zielony rower wiosną' };
const COUNT = 57;
const PEOPLE = [['Anna Przykładowa', 'Kielce', true], ['Bogdan Wzorowy', 'Radom', false], ['Celina Ćwik', 'Kielce', undefined]];

const rows = () => page.locator('tbody tr');
const row = (name) => rows().filter({ has: page.getByRole('link', { name, exact: true }) });
const names = async () => (await page.locator('tbody tr th a').allTextContents()).map((name) => name.trim());
const heading = (name) => page.getByRole('columnheader', { name, exact: false });
const headings = async () => (await page.locator('thead th[data-place] .table__label').allTextContents()).map((text) => text.trim());
const shown = (count) => page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);
const card = (id) => api.get(`/clients/${id}`);
const bar = () => page.getByRole('region', { name: 'Zaznaczeni klienci' });
const dialog = () => page.getByRole('dialog');

async function all() {
  await page.getByRole('button', { name: /^(Filtry|Kielce|Lubelskie|Z kampanii)/ }).click();
  await page.getByRole('button', { name: 'Wszyscy klienci' }).click();
  await shown(50);
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  signed = (await api.post('/custom-fields', { name: 'Umowa', kind: 'checkbox' })).id;
  city = (await api.post('/custom-fields', { name: 'Okręg', kind: 'select', options: ['Północ', 'Południe'] })).id;
  tag = (await api.post('/tags', { name: 'Targi', colour: 'blue' })).id;
  for (const [name, town, tick] of PEOPLE) {
    const { id } = await api.post('/clients', {
      details: { kind: 'person', name, city: town, email: `${name.split(' ')[0].toLowerCase()}@example.com` },
      custom: tick === undefined ? {} : { [signed]: tick },
    });
    anna ??= id;
  }
  for (let n = PEOPLE.length; n < COUNT; n += 1) {
    await api.post('/clients', { details: { kind: 'company', name: `Firma ${String(n).padStart(2, '0')}`, city: 'Lublin' }, custom: {} });
  }
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|409|412|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
  await shown(50);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('columns are chosen, moved by keyboard and by dragging, made wider, and kept for the next visit', async () => {
  await page.getByText('57 klientów').waitFor();
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  const panel = page.getByRole('group', { name: 'Opcje wyświetlania' });
  for (const name of ['Umowa', 'Tagi']) await panel.getByRole('checkbox', { name, exact: true }).check();
  await panel.getByRole('checkbox', { name: 'Telefon', exact: true }).uncheck();
  assert.deepEqual(await violations(page), []);
  for (let step = 0; step < 3; step += 1) await panel.getByRole('button', { name: 'Przesuń wyżej: Umowa' }).click();
  assert.deepEqual((await headings()).slice(0, 3), ['Nazwa', 'Umowa', 'E-mail']);
  await page.keyboard.press('Escape');

  const box = await heading('Miasto').boundingBox();
  const first = await heading('Umowa').boundingBox();
  await page.mouse.move(box.x + 20, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(first.x + 40, box.y + box.height / 2, { steps: 6 });
  await page.mouse.move(first.x + 8, box.y + box.height / 2);
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelectorAll('thead th[data-place]')[1].textContent.includes('Miasto'));
  assert.equal(await heading('Miasto').getAttribute('aria-sort'), null, 'a drag is no click');

  const edge = page.getByRole('separator', { name: 'Szerokość kolumny Miasto' });
  const before = (await heading('Miasto').boundingBox()).width;
  await edge.focus();
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
  const wider = (await heading('Miasto').boundingBox()).width;
  assert.ok(Math.abs(wider - before - 64) < 3, `${before} -> ${wider}`);
  const at = await edge.boundingBox();
  await page.mouse.move(at.x + at.width / 2, at.y + 10);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width / 2 + 40, at.y + 10, { steps: 4 });
  await page.mouse.up();
  const dragged = (await heading('Miasto').boundingBox()).width;
  assert.ok(Math.abs(dragged - wider - 40) < 3, `${wider} -> ${dragged}`);

  await page.reload();
  await shown(50);
  assert.deepEqual((await headings()).slice(0, 4), ['Nazwa', 'Miasto', 'Umowa', 'E-mail']);
  assert.ok(Math.abs((await heading('Miasto').boundingBox()).width - dragged) < 3);
});

test('the first click on a ticks’ column brings Tak up, the second Nie with the untouched among them', async () => {
  await heading('Umowa').getByRole('button').click();
  await page.locator('th[aria-sort=descending]').waitFor();
  await page.waitForFunction(() => document.querySelector('tbody tr th a')?.textContent.includes('Anna'));
  await heading('Umowa').getByRole('button').click();
  await page.locator('th[aria-sort=ascending]').waitFor();
  await page.waitForFunction(() => document.querySelector('tbody tr th a') && !document.querySelector('tbody tr th a').textContent.includes('Anna'));
  await heading('Nazwa').getByRole('button').click();
  await page.waitForFunction(() => document.querySelector('tbody tr th a')?.textContent.includes('Anna'));
});

test('keys walk, select, open and tell what they do; in a field they are letters', async () => {
  await page.locator('main').click({ position: { x: 3, y: 3 } });
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  await row('Bogdan Wzorowy').and(page.locator('.table__row--cursor')).waitFor();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowDown');
  await bar().getByText('Zaznaczono: 2 klienci').waitFor();
  await page.keyboard.press('Escape');
  await bar().waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await dialog().getByRole('heading', { name: 'Lista klientów' }).waitFor();
  await dialog().getByText('Szukaj', { exact: true }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Szukaj klientów' }).fill('');
  await page.getByRole('searchbox', { name: 'Szukaj klientów' }).pressSequentially('xj?');
  assert.equal(await dialog().count(), 0);
  assert.equal(await bar().count(), 0);
  await page.getByRole('searchbox', { name: 'Szukaj klientów' }).fill('');
  await shown(50);
});

test('a row opens beside the list, and the panel walks on', async () => {
  await row('Anna Przykładowa').getByRole('link').focus();
  await page.keyboard.press('Space');
  const panel = page.getByRole('complementary', { name: 'Podgląd' });
  await panel.getByRole('heading', { name: 'Anna Przykładowa' }).waitFor();
  assert.deepEqual(await violations(page), []);
  // It covers nothing.
  const { x } = await panel.boundingBox();
  for (const name of ['Dodaj klienta', 'Opcje wyświetlania']) {
    const box = await page.getByRole(name === 'Dodaj klienta' ? 'link' : 'button', { name }).boundingBox();
    assert.ok(box.x + box.width <= x, name);
  }
  await assertFits(page, 'the preview beside the list');
  // Where there is less room, it begins below what stands above the rows, and the rows are beside it.
  const whole = page.viewportSize();
  for (const width of [1100, 900, 720]) {
    await page.setViewportSize({ width, height: 720 });
    const { x, y } = await panel.boundingBox();
    const options = await page.getByRole('button', { name: 'Opcje wyświetlania' }).boundingBox();
    assert.ok(options.y + options.height <= y, `${width}: the toolbar`);
    const rows = await page.getByRole('region', { name: 'Klienci' }).locator('.table-scroll').boundingBox();
    assert.ok(rows.x + rows.width <= x + 1 && rows.width > 200, `${width}: the rows`);
    await assertFits(page, `the preview beside the list, ${width}`);
  }
  await page.setViewportSize(whole);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/list-preview.png` });
  await panel.getByRole('button', { name: 'Następny klient' }).click();
  await panel.getByRole('heading', { name: 'Bogdan Wzorowy' }).waitFor();
  await page.keyboard.press('j');
  await panel.getByRole('heading', { name: 'Celina Ćwik' }).waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  await row('Bogdan Wzorowy').getByRole('cell', { name: 'Radom' }).click();
  await panel.getByRole('heading', { name: 'Bogdan Wzorowy' }).waitFor();
  await panel.getByRole('button', { name: 'Zamknij' }).click();
  await panel.waitFor({ state: 'detached' });
});

test('a cell is edited in its place: saved with Enter, given up with Esc, refused at the cell', async () => {
  const town = () => row('Anna Przykładowa').getByRole('cell', { name: 'Kielce' });
  await town().dblclick();
  const field = page.getByRole('textbox', { name: 'Miasto: Anna Przykładowa' });
  const sent = [];
  const note = (request) => { if (request.method() === 'PATCH') sent.push(request.postData()); };
  page.on('request', note);
  await field.fill('Łódź');
  await field.press('Escape');
  await field.waitFor({ state: 'detached' });
  await town().dblclick();
  await field.fill('Łódź');
  await field.press('Enter');
  await field.waitFor({ state: 'detached' });
  await row('Anna Przykładowa').getByRole('cell', { name: 'Łódź' }).waitFor();
  assert.equal((await card(anna)).details.city, 'Łódź');

  // The address cannot be one: said at the cell, and nothing is lost.
  await row('Anna Przykładowa').getByRole('cell', { name: 'anna@example.com' }).dblclick();
  const email = page.getByRole('textbox', { name: 'E-mail: Anna Przykładowa' });
  await email.fill('anna@');
  await email.press('Enter');
  await row('Anna Przykładowa').getByRole('alert').waitFor();
  assert.equal(await email.inputValue(), 'anna@');
  assert.deepEqual(await violations(page), []);
  await email.press('Escape');

  // From the row with a key, a tick, and on to the next cell with Tab.
  await row('Anna Przykładowa').getByRole('link').focus();
  await page.keyboard.press('e');
  const name = page.getByRole('textbox', { name: 'Nazwa: Anna Przykładowa' });
  await name.waitFor();
  await page.keyboard.press('Tab');
  await field.fill('Gdynia');
  await page.keyboard.press('Tab');
  const tick = page.getByRole('combobox', { name: 'Umowa: Anna Przykładowa' });
  await tick.selectOption('Nie');
  await tick.press('Enter');
  await tick.waitFor({ state: 'detached' });
  assert.equal((await card(anna)).custom[signed], false);
  // Each change was sent once, with Enter and with Tab; what was given up was not.
  page.off('request', note);
  const changes = sent.map((body) => JSON.parse(body));
  assert.deepEqual(changes.map((it) => Object.values({ ...it.details, ...it.custom })), [['Łódź'], ['anna@'], ['Gdynia'], [false]]);
});

test('who was second is told what the first one saved, and chooses', async () => {
  await row('Anna Przykładowa').getByRole('cell', { name: 'Gdynia' }).dblclick();
  const field = page.getByRole('textbox', { name: 'Miasto: Anna Przykładowa' });
  await field.fill('Gdańsk');
  const { version } = await card(anna);
  await api.must('PATCH', `/api/v1/clients/${anna}`, { details: { city: 'Sopot' } }, { 'if-match': `"${version}"` });
  await field.press('Enter');
  await row('Anna Przykładowa').getByRole('alert').getByText('Sopot').waitFor();
  assert.equal(await field.inputValue(), 'Gdańsk');
  await page.getByRole('button', { name: 'Zapisz moje' }).click();
  await field.waitFor({ state: 'detached' });
  await row('Anna Przykładowa').getByRole('cell', { name: 'Gdańsk' }).waitFor();
  assert.equal((await card(anna)).details.city, 'Gdańsk');
});

test('a filter is saved, differs, is saved again, and opens with its columns', async () => {
  await page.getByRole('button', { name: 'Warunek', exact: true }).click();
  await page.getByLabel('Pole', { exact: true }).selectOption('Miasto');
  await page.getByLabel('Wartość', { exact: true }).fill('Lublin');
  await page.getByRole('button', { name: 'Dodaj warunek' }).click();
  await page.getByText('54 klienci').waitFor();
  await page.getByRole('button', { name: 'Zapisz jako…' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Lubelskie');
  await dialog().getByLabel('Kto go widzi').selectOption('Wszyscy');
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano.');
  await page.getByRole('button', { name: 'Lubelskie' }).waitFor();
  await page.getByRole('button', { name: 'Zapisz jako…' }).waitFor({ state: 'detached' });

  await heading('Nazwa').getByRole('button').click();
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  const shared = page.getByRole('dialog', { name: 'Zapisać filtr „Lubelskie”?' });
  await shared.getByText('Ten filtr widzą wszyscy.').waitFor();
  assert.deepEqual(await violations(page), []);
  await shared.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano.');
  await page.getByRole('button', { name: 'Zapisz', exact: true }).waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Lubelskie' }).click();
  await page.getByRole('button', { name: 'Zmień filtr: Lubelskie' }).click();
  await dialog().getByRole('button', { name: 'Usuń filtr' }).click();
  await dialog().getByText('Ten filtr widzą wszyscy. Zniknie u każdego, kto go używa.').waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole('button', { name: 'Anuluj' }).click();

  await page.getByRole('button', { name: 'Lubelskie' }).click();
  await page.getByRole('button', { name: 'Wszyscy klienci' }).click();
  await page.getByText('57 klientów').waitFor();
  await page.getByRole('button', { name: 'Filtry' }).click();
  await page.getByRole('list', { name: 'Wszystkich' }).getByRole('button', { name: 'Lubelskie', exact: true }).click();
  await page.getByText('54 klienci').waitFor();
  assert.equal((await names())[0], 'Firma 56', 'in the order that was saved');

  // Two of one name could not be told apart.
  await heading('Nazwa').getByRole('button').click();
  await page.getByRole('button', { name: 'Zapisz jako…' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('LUBELSKIE');
  await dialog().getByLabel('Kto go widzi').selectOption('Wszyscy');
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  assert.equal(await dialog().getByRole('textbox', { name: 'Nazwa' }).getAttribute('aria-invalid'), 'true');
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole('button', { name: 'Anuluj' }).click();
  await heading('Nazwa').getByRole('button').click();
});

test('all that match are changed with the number said first, before the eyes, and undone', async () => {
  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await bar().getByText('Zaznaczono: 50 klientów').waitFor();
  await bar().getByRole('button', { name: 'Zaznacz wszystkich pasujących: 54 klienci' }).click();
  await bar().getByText('Wszyscy pasujący: 54 klienci').waitFor();
  assert.deepEqual(await violations(page), []);
  await bar().getByRole('button', { name: 'Tagi' }).click();
  await dialog().getByText('Zmiana obejmie 54 klientów. Przez 24 godziny można ją cofnąć.').waitFor();
  await dialog().getByLabel('Tag', { exact: true }).selectOption('Targi');
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole('button', { name: 'Zmień', exact: true }).click();
  await page.getByText('Gotowe: 54 z 54').waitFor();
  await row('Firma 56').getByText('Targi').waitFor();
  assert.deepEqual((await card(anna)).tags, []);
  await page.getByRole('button', { name: 'Cofnij', exact: true }).click();
  await row('Firma 56').getByText('Targi').waitFor({ state: 'detached' });
  await page.getByText('Gotowe: 54 z 54').waitFor();
  await page.locator('.bulk--job').getByRole('button', { name: 'Zamknij' }).click();
});

test('a range is selected with Shift, and a field of those is changed', async () => {
  const tick = (name) => page.getByRole('checkbox', { name: `Zaznacz: ${name}` });
  await tick('Firma 56').click();
  await tick('Firma 53').click({ modifiers: ['Shift'] });
  await bar().getByText('Zaznaczono: 4 klienci').waitFor();
  await bar().getByRole('button', { name: 'Zmień pole' }).click();
  await dialog().getByText('Zmiana obejmie 4 klientów.').waitFor();
  await dialog().getByLabel('Pole').selectOption('Okręg');
  await dialog().getByLabel('Nowa wartość').selectOption('Południe');
  await dialog().getByRole('button', { name: 'Zmień', exact: true }).click();
  await page.getByText('Gotowe: 4 z 4').waitFor();
  const { items } = await api.post('/clients/search', { filter: [{ field: `custom:${city}`, operator: 'eq', value: 'Południe' }] });
  assert.equal(items.length, 4);
  await page.locator('.bulk--job').getByRole('button', { name: 'Zamknij' }).click();
});

test('clients are deleted only after the number, the warning and a tick', async () => {
  await page.getByRole('checkbox', { name: 'Zaznacz: Firma 56' }).click();
  await bar().getByRole('button', { name: 'Usuń klientów' }).click();
  await dialog().getByText('Na zawsze znikną karty, pola i zgłoszenia: 1 klienta.').waitFor();
  const send = dialog().getByRole('button', { name: 'Usuń klientów' });
  assert.ok(await send.isDisabled());
  await dialog().getByRole('checkbox').check();
  await send.click();
  await page.getByText('Gotowe: 1 z 1').waitFor();
  await page.getByText('53 klienci').waitFor();
  await page.locator('.bulk--job').getByRole('button', { name: 'Zamknij' }).click();
});

test('from card to card within the filter, and tags on the card', async () => {
  await row('Firma 55').getByRole('link').click();
  await page.getByRole('heading', { name: 'Firma 55', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Następny klient' }).click();
  await page.getByRole('heading', { name: 'Firma 54', level: 1 }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Firma 55', level: 1 }).waitFor();
  const box = page.getByRole('combobox', { name: 'Dodaj tag' });
  await box.fill('tar');
  await page.getByRole('option', { name: 'Targi' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await box.press('Enter');
  const tags = page.getByRole('region', { name: 'Tagi' });
  await tags.getByRole('button', { name: 'Usuń tag: Targi' }).waitFor();
  await box.fill('Ważny klient');
  await page.getByRole('option', { name: 'Utwórz tag „Ważny klient”' }).click();
  await tags.getByRole('button', { name: 'Usuń tag: Ważny klient' }).waitFor();
  await tags.getByRole('button', { name: 'Usuń tag: Targi' }).click();
  await tags.getByRole('button', { name: 'Usuń tag: Targi' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Klienci' }).first().click();
  await page.getByText('53 klienci').waitFor();
});

test('a filter on a deleted field says so with the field’s name, and can be looked at without it', async () => {
  const field = (await api.post('/custom-fields', { name: 'Kampania', kind: 'short_text' })).id;
  await api.post('/filters', {
    name: 'Z kampanii', sharing: 'personal',
    filter: [{ field: `custom:${field}`, operator: 'eq', value: 'Zima' }, { field: 'city', operator: 'eq', value: 'Radom' }],
  });
  const { version } = (await api.get('/custom-fields')).find(({ id }) => id === field);
  await api.must('DELETE', `/api/v1/custom-fields/${field}`, undefined, { 'if-match': `"${version}"` });
  await all();
  await page.reload();
  await shown(50);
  await page.getByRole('button', { name: 'Filtry' }).click();
  await page.getByRole('button', { name: 'Z kampanii wymaga poprawy' }).click();
  await page.getByText('Usunięto pole „Kampania”.').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Pokaż bez tego warunku' }).click();
  await shown(1);
  assert.deepEqual(await names(), ['Bogdan Wzorowy']);
  await page.getByRole('button', { name: 'Zapisz', exact: true }).waitFor();
});

test('whoever may only look is offered nothing else', async () => {
  await server.addOwner(OLA);
  const { id, name } = (await api.get('/accounts')).find(({ email }) => email === OLA.email);
  const role = await api.post('/roles', { name: 'Tylko podgląd', definition: { rights: { view_clients: 'all' } } });
  await api.must('PUT', `/api/v1/accounts/${id}`, { name, role_id: role.id, department_ids: [] });
  const other = await newContext(browser);
  const theirs = await other.newPage();
  await signIn(theirs, server, OLA);
  await theirs.getByRole('checkbox', { name: 'Zaznacz: Bogdan Wzorowy' }).click();
  const region = theirs.getByRole('region', { name: 'Zaznaczeni klienci' });
  await region.getByText('Zaznaczono: 1 klient').waitFor();
  assert.deepEqual(await region.getByRole('button').evaluateAll((all) => all.map((it) => it.ariaLabel)), ['Odznacz wszystko']);
  await theirs.getByRole('cell', { name: 'Radom' }).dblclick();
  await theirs.keyboard.press('e');
  assert.equal(await theirs.locator('.cell').count(), 0);
  await other.close();
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 360, height: 720 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await all();
  await page.reload();
  await shown(50);
  await assertFits(page, 'the list');
  // Beside the name there is a whole column more, whatever widths were chosen on a wide screen; scrolled, the name stays.
  const places = () => page.locator('thead th[data-place]').evaluateAll((all) => all.map((it) => it.getBoundingClientRect()).map(({ left, right }) => [left, right]));
  assert.ok((await places())[1][1] <= 360, JSON.stringify(await places()));
  const [left] = (await places())[0];
  await page.locator('.table-scroll').evaluate((it) => { it.scrollLeft = it.scrollWidth; });
  assert.equal((await places())[0][0], left);
  assert.ok((await row('Anna Przykładowa').getByRole('link').boundingBox()).x > 0);
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/list-phone-right.png` });
  await page.locator('.table-scroll').evaluate((it) => { it.scrollLeft = 0; });
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/list-phone.png` });
  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await bar().waitFor();
  await assertFits(page, 'a selection');
  assert.deepEqual(await violations(page), []);
  await bar().getByRole('button', { name: 'Odznacz wszystko' }).click();
  await row('Anna Przykładowa').locator('td').nth(1).click();
  await page.getByRole('complementary', { name: 'Podgląd' }).getByRole('heading', { name: 'Anna Przykładowa' }).waitFor();
  await assertFits(page, 'the preview');
  assert.deepEqual(await violations(page), []);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
