// What a person makes of the client list for themselves: the filter that it opens with; fields of several choices in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFits, signIn, told, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

let server, api, browser, context, page, complaints, interests, since, turnover, anna;

const rows = () => page.locator('tbody tr');
const row = (name) => rows().filter({ has: page.getByRole('link', { name, exact: true }) });
const shown = (count) => page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);
const dialog = () => page.getByRole('dialog');
const picker = () => page.getByRole('button', { name: /^(Filtry|Kielce|Radom)/ });

/** Nothing sticks out, and nobody is kept out. */
async function sound(what) {
  await assertFits(page, what);
  assert.deepEqual(await violations(page), [], what);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/habits-${what}.png`, fullPage: true });
}

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  interests = (await api.post('/custom-fields', { name: 'Interesuje go', kind: 'multi_select', options: ['Dach', 'Okna', 'Drzwi'] })).id;
  since = (await api.post('/custom-fields', { name: 'Klient od', kind: 'date' })).id;
  turnover = (await api.post('/custom-fields', { name: 'Obrót', kind: 'decimal' })).id;
  for (const [name, city, chosen] of [['Anna Przykładowa', 'Kielce', ['Dach']], ['Bogdan Wzorowy', 'Radom', []], ['Celina Ćwik', 'Kielce', []]]) {
    const custom = { [interests]: chosen, [since]: '2026-03-31', [turnover]: '89459.93' };
    const { id } = await api.post('/clients', { details: { kind: 'person', name, city }, custom });
    anna ??= id;
  }
  for (const [name, sharing] of [['Kielce', 'personal'], ['Radom', 'everyone']]) {
    await api.post('/filters', { name, sharing, filter: [{ field: 'city', operator: 'eq', value: name }] });
  }
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|412|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
  await shown(3);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the list opens with the filter that was chosen, and asks for nobody else first', async () => {
  await picker().click();
  const star = page.getByRole('button', { name: 'Otwieraj listę z filtrem: Kielce' });
  assert.equal(await star.getAttribute('aria-pressed'), 'false');
  await star.click();
  await told(page, 'Lista będzie się otwierać z tym filtrem.');
  assert.equal(await star.getAttribute('aria-pressed'), 'true');
  await sound('picker');
  const saved = await api.get('/session');
  assert.ok(saved.preferences.client_list.filter_id);

  const asked = [];
  page.on('request', (request) => { if (request.url().endsWith('/clients/search')) asked.push(request.postDataJSON().filter.length); });
  await page.reload();
  await shown(2);
  await page.getByRole('button', { name: /^Kielce/ }).waitFor();
  // The rows, and how many there are.
  assert.deepEqual(asked, [1, 1]);
});

test('a shared filter that is deleted leaves all clients', async () => {
  await picker().click();
  await page.getByRole('button', { name: 'Otwieraj listę z filtrem: Radom' }).click();
  await page.reload();
  await shown(1);
  const radom = (await api.get('/filters')).find((filter) => filter.view.name === 'Radom');
  await api.must('DELETE', `/api/v1/filters/${radom.id}`, undefined, { 'if-match': `"${radom.version}"` });
  await page.reload();
  await shown(3);
  await page.getByRole('button', { name: /^Filtry/ }).waitFor();
});

test('the address says which filter, and nothing of what is typed; a reload, Back and a bookmark find it again', async () => {
  const kielce = (await api.get('/filters')).find((filter) => filter.view.name === 'Kielce').id;
  const address = `${server.url}/clients?filter=${kielce}`;
  const query = page.getByLabel('Warunek wyszukiwania');
  const choose = async (name) => {
    await picker().click();
    await page.getByRole('button', { name, exact: true }).click();
  };
  assert.equal(page.url(), `${server.url}/clients`);
  await choose('Kielce');
  await shown(2);
  await page.waitForURL(address);
  await page.getByText('Wyszukiwanie zaawansowane').click();
  await query.fill('Nazwa ~ "celina"');
  await query.press('Enter');
  await shown(1);
  await page.reload();
  await shown(1);
  assert.equal(page.url(), address);
  assert.equal(await query.inputValue(), 'Nazwa ~ "celina"');
  await sound('reloaded');
  // From a card, too.
  await row('Celina Ćwik').getByRole('link').click();
  await page.getByRole('heading', { name: 'Celina Ćwik', level: 1 }).waitFor();
  await page.goBack();
  await shown(1);
  await page.getByRole('link', { name: 'Celina Ćwik' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Klienci' }).click();
  await shown(1);
  await page.waitForURL(address);

  await choose('Wszyscy klienci');
  await shown(3);
  await page.waitForURL(`${server.url}/clients`);
  await page.goBack();
  await shown(2);
  await page.getByRole('button', { name: /^Kielce/ }).waitFor();
  await page.goForward();
  await shown(3);

  // A link of a colleague's, and one to nothing.
  await page.goto(address);
  await shown(2);
  await page.goto(`${server.url}/clients?filter=00000000-0000-7000-8000-000000000000`);
  await page.getByText('Nie ma takiego filtra').waitFor();
  assert.equal(await rows().count(), 0);
  await sound('gone');
  await page.getByRole('main').getByRole('button', { name: 'Wszyscy klienci' }).click();
  await shown(3);
  await page.waitForURL(`${server.url}/clients`);
});

test('everybody is an address of its own where the list opens with a filter', async () => {
  await picker().click();
  await page.getByRole('button', { name: 'Otwieraj listę z filtrem: Kielce' }).click();
  await told(page, 'Lista będzie się otwierać z tym filtrem.');
  await page.reload();
  await shown(2);
  assert.equal(page.url(), `${server.url}/clients`);
  await page.getByRole('button', { name: /^Kielce/ }).click();
  await page.getByRole('button', { name: 'Wszyscy klienci' }).click();
  await shown(3);
  await page.waitForURL(`${server.url}/clients?filter=all`);
  await page.reload();
  await shown(3);
  await page.getByRole('navigation').getByRole('link', { name: 'Klienci', exact: true }).click();
  await shown(2);
  await page.getByRole('button', { name: /^Kielce/ }).click();
  await page.getByRole('button', { name: 'Otwieraj listę z filtrem: Kielce' }).click();
  await told(page, 'Lista będzie się otwierać ze wszystkimi klientami.');
  await page.reload();
  await shown(3);
});

test('several choices are ticked in the cell, by keys alone', async () => {
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  const shows = page.getByRole('checkbox', { name: 'Interesuje go' });
  if (!(await shows.isChecked())) await shows.check();
  await page.keyboard.press('Escape');
  const cell = () => row('Anna Przykładowa').locator('td').filter({ hasText: /Dach|Okna|Drzwi/ });
  await cell().dblclick();
  const group = page.getByRole('group', { name: 'Interesuje go: Anna Przykładowa' });
  await group.waitFor();
  assert.equal(await group.getByRole('checkbox', { name: 'Dach' }).isChecked(), true);
  await sound('cell');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await row('Anna Przykładowa').getByText('Dach, Okna').waitFor();
  assert.deepEqual((await api.get(`/clients/${anna}`)).custom[interests], ['Dach', 'Okna']);

  // With the mouse, on the words beside the box: the editor stays.
  await cell().dblclick();
  await group.getByText('Dach').click();
  await group.getByText('Drzwi').click();
  await group.getByRole('checkbox', { name: 'Drzwi' }).press('Enter');
  await row('Anna Przykładowa').getByText('Okna, Drzwi').waitFor();
  await cell().dblclick();
  await group.getByText('Dach').click();
  await page.keyboard.press('Escape');
  assert.deepEqual((await api.get(`/clients/${anna}`)).custom[interests], ['Okna', 'Drzwi']);
});

test('several choices are given to many at once', async () => {
  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await page.getByRole('region', { name: 'Zaznaczeni klienci' }).getByRole('button', { name: 'Zmień pole' }).click();
  await dialog().getByText('Zmiana obejmie 3 klientów.').waitFor();
  await dialog().getByLabel('Pole').selectOption('Interesuje go');
  await dialog().getByRole('checkbox', { name: 'Dach' }).check();
  await dialog().getByRole('checkbox', { name: 'Drzwi' }).check();
  await sound('many');
  await dialog().getByRole('button', { name: 'Zmień', exact: true }).click();
  await page.getByText('Gotowe: 3 z 3').waitFor();
  for (const { id } of (await api.post('/clients/search', {})).items) {
    assert.deepEqual((await api.get(`/clients/${id}`)).custom[interests], ['Dach', 'Drzwi']);
  }
});

/** Types the 31st of February, which the browser tells as no date at all. */
async function mistype(field) {
  await field.focus();
  const unread = () => field.evaluate((input) => input.validity.badInput && input.value === '');
  for (let part = 0; part < 3; part += 1) await page.keyboard.press('ArrowLeft');
  // The last of March is a month and perhaps a day too late.
  for (let part = 0; part < 2 && (await field.inputValue()) !== ''; part += 1) {
    await page.keyboard.press('ArrowDown');
    if (await unread()) return;
    await page.keyboard.press('ArrowRight');
  }
  // Whichever comes first in this browser, the day or the month.
  for (const typed of ['31022026', '02312026']) {
    for (let part = 0; part < 3; part += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.type(typed);
    if (await unread()) return;
  }
  assert.fail('the browser reads every date');
}

const dates = async () => {
  const { items } = await api.post('/clients/search', {});
  return Promise.all(items.map(async ({ id }) => (await api.get(`/clients/${id}`)).custom[since]));
};

test('a date that does not exist clears nothing: not in a cell, not for many, not on the card', async () => {
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  for (const name of ['Klient od', 'Obrót']) {
    await page.getByRole('checkbox', { name, exact: true }).check();
    await page.waitForFunction((name) => document.activeElement?.labels?.[0]?.textContent === name, name);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('group', { name: 'Opcje wyświetlania' }).waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('button', { name: 'Opcje wyświetlania' }).evaluate((it) => it === document.activeElement), true);
  const whole = ['2026-03-31', '2026-03-31', '2026-03-31'];

  await row('Anna Przykładowa').getByRole('cell', { name: '31\u{a0}mar\u{a0}2026' }).dblclick();
  const cell = page.getByLabel('Klient od: Anna Przykładowa');
  await mistype(cell);
  await page.keyboard.press('Enter');
  await row('Anna Przykładowa').getByText('Nieprawidłowy format.').waitFor();
  await sound('unread-cell');
  await page.keyboard.press('Escape');
  assert.deepEqual(await dates(), whole);

  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await page.getByRole('region', { name: 'Zaznaczeni klienci' }).getByRole('button', { name: 'Zmień pole' }).click();
  await dialog().getByText('Zmiana obejmie 3 klientów.').waitFor();
  await dialog().getByLabel('Pole').selectOption('Klient od');
  await mistype(dialog().getByLabel('Nowa wartość'));
  await dialog().getByRole('button', { name: 'Zmień', exact: true }).click();
  await dialog().getByText('Nieprawidłowy format.').waitFor();
  assert.equal(await dialog().getByLabel('Nowa wartość').getAttribute('aria-invalid'), 'true');
  await sound('unread-many');
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  assert.deepEqual(await dates(), whole);

  await page.goto(`${server.url}/clients/${anna}/edit`);
  await mistype(page.getByLabel('Klient od'));
  await page.keyboard.press('Control+Enter');
  await page.getByText('Nieprawidłowy format.').waitFor();
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  await sound('unread-card');
  assert.deepEqual(await dates(), whole);
  // A whole date again: the complaint goes, and it is saved.
  await page.getByLabel('Klient od').fill('2026-02-28');
  await page.getByText('Nieprawidłowy format.').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'Anna Przykładowa', level: 1 }).waitFor();
  await page.getByText('28\u{a0}lut\u{a0}2026').waitFor();
  await page.getByText('89\u{a0}459,93').waitFor();
  await page.goto(`${server.url}/clients`);
  await shown(3);
});

test('an action on many begins with nothing chosen, and clears only what it is told to', async () => {
  const many = page.getByRole('region', { name: 'Zaznaczeni klienci' });
  const over = async () => {
    await page.getByText('Gotowe: 3 z 3').waitFor();
    await page.locator('.bulk--job').getByRole('button', { name: 'Zamknij' }).click();
  };
  const change = () => dialog().getByRole('button', { name: 'Zmień', exact: true });
  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await many.getByRole('button', { name: 'Zmień pole' }).click();
  await dialog().getByText('Zmiana obejmie 3 klientów.').waitFor();
  await change().click();
  assert.equal(await dialog().getByLabel('Pole').getAttribute('aria-invalid'), 'true');
  // A complaint goes with what it was about.
  await dialog().getByLabel('Pole').selectOption('Obrót');
  await dialog().getByRole('alert').waitFor({ state: 'detached' });
  await change().click();
  await dialog().locator('.field__problem').getByText('To pole jest wymagane.').waitFor();
  await sound('many-nothing');
  await dialog().getByLabel('Nowa wartość').fill('1');
  await dialog().getByRole('alert').waitFor({ state: 'detached' });
  assert.equal(await dialog().locator('.field__problem').count(), 0);
  await dialog().getByRole('checkbox', { name: 'Wyczyść to pole u wszystkich' }).check();
  assert.equal(await dialog().getByLabel('Nowa wartość').count(), 0);
  await sound('many-clear');
  await change().click();
  await over();
  assert.equal((await api.get(`/clients/${anna}`)).custom[turnover], undefined);

  await page.getByRole('checkbox', { name: 'Zaznacz wszystkie wczytane' }).check();
  await many.getByRole('button', { name: 'Przypisz' }).click();
  await dialog().getByText('Zmiana obejmie 3 klientów.').waitFor();
  await change().click();
  assert.equal(await dialog().getByLabel('Opiekun').getAttribute('aria-invalid'), 'true');
  await dialog().getByLabel('Opiekun').selectOption('— nikt —');
  await sound('many-nobody');
  await change().click();
  await dialog().waitFor({ state: 'detached' });
  await over();
});

test('fits a phone, dark too', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await shown(3);
  await picker().click();
  await page.getByRole('button', { name: 'Otwieraj listę z filtrem: Kielce' }).waitFor();
  await sound('phone');
});

test('whoever signs out leaves nothing typed behind', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press('Escape');
  await page.getByText('Wyszukiwanie zaawansowane').click();
  await page.getByLabel('Warunek wyszukiwania').fill('Nazwa ~ "celina"');
  await page.getByLabel('Warunek wyszukiwania').press('Enter');
  await shown(1);
  await page.waitForFunction(() => history.state?.includes('celina'));
  await page.getByRole('button', { name: /Łucja/ }).click();
  await page.getByRole('menuitem', { name: 'Wyloguj się' }).click();
  await page.getByRole('button', { name: 'Zaloguj się' }).waitFor();
  assert.ok(!page.url().includes('celina'));
  await page.goBack();
  await page.getByRole('button', { name: 'Zaloguj się' }).waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify([history.state, { ...sessionStorage }, { ...localStorage }]).includes('celina')), false);
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
