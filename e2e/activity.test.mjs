// System activities: who looked at a card, each way to narrow the list, details, the file, and taking a change back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, section, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';

const SONIA = { name: 'Sonia Sprzedażowa', email: 'sonia@firma.example', password: 'fioletowy tramwaj nocą' };
const PAWEL = { name: 'Paweł Początkujący', email: 'pawel@firma.example', password: 'pomarańczowy most zimą' };
const DAY = 86_400_000;

let server, api, browser, context, page, complaints, anna, beata;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  await server.addOwner(SONIA);
  await server.addOwner(PAWEL);
  const make = async (name) => (await api.post('/clients', { details: { kind: 'person', name, city: 'Kielce' } })).id;
  anna = await make('Anna Adamczyk');
  beata = await make('Beata Bąk');
  const sonia = await Api.signIn(server, SONIA);
  for (const client of [anna, beata]) await sonia.get(`/clients/${client}`);
  const { details, custom, version } = await sonia.get(`/clients/${anna}`);
  await sonia.must('PUT', `/api/v1/clients/${anna}`, { details: { ...details, city: 'Radom' }, custom }, { 'if-match': `"${version}"` });
  const { id, name } = (await api.get('/accounts')).find(({ email }) => email === PAWEL.email);
  const { id: role_id } = await api.post('/roles', { name: 'Bez dziennika', definition: { rights: { view_clients: 'all', edit_clients: 'all' } } });
  await api.must('PUT', `/api/v1/accounts/${id}`, { name, role_id, department_ids: [] });
  browser = await startBrowser();
  context = await newContext(browser, { acceptDownloads: true });
  complaints = watch(context, [server.url], (text) => /status of (401|403)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const row = () => page.locator('tbody tr');
const chip = () => page.getByRole('list', { name: 'Warunki' });
const select = (label, option) => page.getByRole('combobox', { name: label, exact: true }).selectOption(option);
/** A day as the browser's time zone counts it, for a date field. */
const today = (days = 0) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(Date.now() + days * DAY);

/** Until the column shows these texts and no other. */
async function shows(at, texts) {
  await page.waitForFunction(
    ([at, texts]) => {
      const cells = [...document.querySelectorAll(`tbody tr td:nth-child(${at})`)].map((cell) => cell.textContent);
      return cells.length > 0 && cells.every((cell) => texts.includes(cell)) && texts.every((text) => cells.includes(text));
    },
    [at, texts],
  );
}

const nothing = () => page.getByText('Nic takiego się nie wydarzyło').waitFor();

async function looks() {
  return (await api.get('/audit-events?action=client_opened')).items.length;
}

test('the card leads to who looked at it, without a name in the address', async () => {
  await page.goto(`${server.url}/clients/${anna}`);
  await section(page, 'Historia').getByRole('link', { name: 'Kto oglądał tę kartę' }).waitFor();
  const before = await looks();
  await section(page, 'Historia').getByRole('link', { name: 'Kto oglądał tę kartę' }).click();
  await page.getByRole('heading', { name: 'Aktywności systemowe', level: 1 }).waitFor();
  assert.equal(page.url(), `${server.url}/privacy/activity?client=${anna}&action=client_opened`);
  await chip().getByText('Tylko klient: Anna Adamczyk').waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Co', exact: true }).inputValue(), 'client_opened');
  await shows(3, ['Otwarcie karty klienta']);
  await shows(2, [SONIA.name, OWNER.name]);
  const cards = await row().getByRole('link', { name: 'Klient' }).evaluateAll((links) => links.map(({ pathname }) => pathname));
  assert.deepEqual([...new Set(cards)], [`/clients/${anna}`]);
  // Naming the client was no look at the card.
  assert.equal(await looks(), before);
  assert.deepEqual(await violations(page), []);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await assertFits(page, `activities of one client, ${width}`);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/looks-${width}.png` });
  }
  // The same after loading it anew; and everyone's again without the chip.
  await page.reload();
  await chip().getByText('Tylko klient: Anna Adamczyk').waitFor();
  await chip().getByRole('button', { name: 'Pokaż aktywności wszystkich klientów' }).click();
  await row().locator(`a[href="/clients/${beata}"]`).waitFor();
  assert.equal(page.url(), `${server.url}/privacy/activity`);
  assert.equal(await chip().count(), 0);
  await shows(3, ['Otwarcie karty klienta']);
});

test('the list is narrowed by who, what, record and day', async () => {
  await page.goto(`${server.url}/privacy/activity`);
  await page.getByRole('heading', { name: 'Aktywności systemowe', level: 1 }).waitFor();
  await row().first().waitFor();
  await select('Kto', { label: SONIA.name });
  await shows(2, [SONIA.name]);
  await select('Co', { label: 'Zmiana danych klienta' });
  await shows(3, ['Zmiana danych klienta']);
  assert.equal(await row().count(), 1);
  await select('Kto', { label: PAWEL.name });
  await nothing();
  await select('Kto', { label: 'Dowolne' });
  await select('Co', { label: 'Dowolne' });
  await select('Rekord', { label: 'Konto' });
  await shows(4, ['Konto']);
  await select('Rekord', { label: 'Dowolne' });
  await page.getByLabel('Od dnia').fill(today(1));
  await nothing();
  await page.getByLabel('Od dnia').fill(today());
  await row().first().waitFor();
  await page.getByLabel('Do dnia').fill(today(-1));
  await nothing();
  await page.getByLabel('Do dnia').fill(today());
  await row().first().waitFor();
});

test('details tell what was before and after', async () => {
  await select('Co', { label: 'Zmiana danych klienta' });
  await shows(3, ['Zmiana danych klienta']);
  await row().first().getByRole('button', { name: 'Szczegóły' }).click();
  const dialog = page.getByRole('dialog', { name: 'Szczegóły' });
  const cells = dialog.getByRole('row').filter({ hasText: 'Miasto' });
  await cells.getByText('Kielce').waitFor();
  assert.deepEqual(await cells.getByRole('cell').allTextContents(), ['Kielce', 'Radom']);
  assert.deepEqual(await violations(page), []);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/activity-detail.png` });
  await dialog.getByRole('button', { name: 'Zamknij' }).first().click();
});

test('the file asks for a proof, and holds what the list is narrowed to', async () => {
  // Five minutes later, as far as the app can tell.
  let late = true;
  await page.route('**/audit-events.csv*', (route) => {
    if (!late) return route.continue();
    late = false;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/step-up-needed', title: '', status: 403, code: 'step-up-needed' }),
    });
  });
  await page.getByRole('button', { name: 'Pobierz CSV' }).click();
  const proof = page.getByRole('dialog', { name: 'Potwierdź, że to Ty' });
  await proof.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  const [download] = await Promise.all([page.waitForEvent('download'), proof.getByRole('button', { name: 'Potwierdź' }).click()]);
  assert.equal(download.suggestedFilename(), 'aktywnosci-systemowe.csv');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  assert.match(lines[0], /^"at","actor_kind","actor","action"/);
  assert.equal(lines.length, 2);
  assert.ok(lines[1].includes(SONIA.name) && lines[1].includes('client_changed') && lines[1].includes(anna), lines[1]);
  assert.ok(!/Kielce|Radom/.test(lines[1]), 'values are not in the file');
});

test('a change is taken back on the card, for thirty days', async () => {
  await page.goto(`${server.url}/clients/${anna}`);
  const history = section(page, 'Historia');
  await page.getByText('Radom').waitFor();
  await history.getByRole('button', { name: 'Cofnij tę zmianę' }).click();
  await page.getByRole('dialog', { name: 'Cofnij tę zmianę' }).getByRole('button', { name: 'Cofnij tę zmianę' }).click();
  await told(page, 'Zmiana cofnięta.');
  await page.getByText('Kielce').waitFor();
  assert.equal((await api.get(`/clients/${anna}`)).details.city, 'Kielce');

  const later = await context.newPage();
  await later.clock.setFixedTime(Date.now() + 31 * DAY);
  await later.goto(`${server.url}/clients/${anna}`);
  const past = section(later, 'Historia');
  await past.getByText('Minęło 30 dni: tej zmiany nie można już cofnąć.').first().waitFor();
  assert.equal(await past.getByRole('button', { name: 'Cofnij tę zmianę' }).count(), 0);
  await later.close();
});

test('whose role has no right to the log sees neither the page nor a link to it', async () => {
  const his = await newContext(browser);
  const other = await his.newPage();
  await signIn(other, server, PAWEL);
  await other.goto(`${server.url}/clients/${anna}`);
  await section(other, 'Historia').getByText('Zmiana danych klienta').first().waitFor();
  assert.equal(await other.getByRole('link', { name: 'Kto oglądał tę kartę' }).count(), 0);
  assert.equal(await other.getByRole('link', { name: 'Aktywności systemowe' }).count(), 0);
  await other.goto(`${server.url}/privacy/activity?client=${anna}&action=client_opened`);
  await other.getByText('Nie masz uprawnienia do tej czynności.').waitFor();
  assert.equal(await other.getByRole('table').count(), 0);
  assert.equal(await other.getByRole('main').getByRole('combobox').count(), 0);
  assert.ok(!/Anna|Sonia/.test(await other.locator('body').textContent()));
  const status = (path) => other.evaluate((path) => fetch(path).then((answer) => answer.status), path);
  for (const path of ['/api/v1/audit-events', '/api/v1/audit-events.csv']) assert.equal(await status(path), 403, path);
  await his.close();
});

test('roles, people and jobs are told by name', async () => {
  const tag = (await api.post('/tags', { name: 'Targi', colour: 'blue' })).id;
  const clients = { ids: [anna] };
  await api.post('/clients/bulk/edit', { edit: { kind: 'add_tag', tag_id: tag }, clients, confirmed: 1 });
  await page.goto(`${server.url}/privacy/activity`);
  const opens = async (action, texts) => {
    await select('Co', { label: action });
    await shows(3, [action]);
    await row().first().getByRole('button', { name: 'Szczegóły' }).click();
    const dialog = page.getByRole('dialog', { name: 'Szczegóły' });
    for (const text of texts) await dialog.getByRole('cell', { name: text, exact: true }).waitFor();
    assert.doesNotMatch(await dialog.getByRole('table').innerText(), /[0-9a-f]{8}-[0-9a-f]{4}/);
    assert.deepEqual(await violations(page), [], action);
    await dialog.getByRole('button', { name: 'Zamknij' }).first().click();
  };
  await opens('Zmiana konta', ['Właściciel', 'Bez dziennika']);
  await opens('Rozpoczęcie zadania w tle', ['Zmiana wielu klientów']);
});

test('nothing was complained about', () => assert.deepEqual(complaints, []));
