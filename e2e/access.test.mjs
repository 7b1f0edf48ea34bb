// Whose client, taking a client away, and what a role keeps from its holders.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, section, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';

const SONIA = { name: 'Sonia Sprzedażowa', email: 'sonia@firma.example', password: 'fioletowy tramwaj nocą' };
const IGA = { name: 'Iga Inspektor', email: 'iga@firma.example', password: 'pomarańczowy most zimą' };
const HIDDEN = 'ukryte przez Twoją rolę';

let server, api, browser, turnover, discount, segment;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  await server.addOwner(SONIA);
  await server.addOwner(IGA);
  turnover = (await api.post('/custom-fields', { name: 'Obrót', kind: 'decimal' })).id;
  discount = (await api.post('/custom-fields', { name: 'Rabat', kind: 'integer' })).id;
  segment = (await api.post('/custom-fields', { name: 'Segment', kind: 'short_text' })).id;
  await api.post('/departments', { name: 'Sprzedaż hurtowa' });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Gives an account a role of its own, or one of the product's. */
async function become(person, role) {
  const { id, name } = (await api.get('/accounts')).find(({ email }) => email === person.email);
  const role_id = typeof role === 'string' ? role : (await api.post('/roles', { name: `Rola: ${name}`, definition: role })).id;
  await api.must('PUT', `/api/v1/accounts/${id}`, { name, role_id, department_ids: [] });
  return id;
}

async function makeClient(name, more = {}) {
  return (await api.post('/clients', {
    details: { kind: 'company', name, email: 'biuro@hurtownia.example', phone: '+48 601 234 567', nip: '1234563218', city: 'Kielce', ...more },
    custom: { [turnover]: '1234567.89', [discount]: 77441, [segment]: 'A' },
  })).id;
}

async function give(client, assignment) {
  const { version } = await api.get(`/clients/${client}`);
  await api.must('PUT', `/api/v1/clients/${client}/assignment`, assignment, { 'if-match': `"${version}"` });
}

async function open(page, client, name) {
  await page.goto(`${server.url}/clients/${client}`);
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

test('an owner gives a client to someone else, and takes one away for good', async () => {
  const client = await makeClient('Hurtownia Kłos');
  const context = await newContext(browser);
  const complaints = watch(context, [server.url], (text) => /status of (401|404|412)/.test(text));
  const page = await context.newPage();
  await signIn(page, server);
  await open(page, client, 'Hurtownia Kłos');
  const owner = section(page, 'Opiekun');
  await owner.getByText(OWNER.name).waitFor();
  await owner.getByRole('button', { name: 'Zmień' }).click();
  const dialog = page.getByRole('dialog', { name: 'Czyj to klient?' });
  await dialog.getByLabel('Opiekun').selectOption(SONIA.name);
  await dialog.getByLabel('Dział').selectOption('Sprzedaż hurtowa');
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zmieniono opiekuna.');
  await owner.getByText(SONIA.name).waitFor();
  await owner.getByText('Dział: Sprzedaż hurtowa').waitFor();
  await section(page, 'Historia').getByText('Opiekun, Dział').waitFor();

  // Somebody changes the card meanwhile: nothing is deleted that was not looked at.
  await page.getByRole('button', { name: 'Usuń klienta' }).click();
  const deletion = page.getByRole('dialog', { name: 'Usunąć klienta?' });
  const confirm = deletion.getByRole('button', { name: 'Usuń klienta' });
  await deletion.getByText('Tego nie można cofnąć.').waitFor();
  assert.equal(await confirm.isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await give(client, {});
  await deletion.getByLabel('Rozumiem, że tych danych nie da się odzyskać').check();
  await confirm.click();
  await deletion.getByText('Ktoś zmienił to w międzyczasie.').waitFor();
  await deletion.getByRole('button', { name: 'Anuluj' }).click();
  await owner.getByText('Nikt').waitFor();

  await page.getByRole('button', { name: 'Usuń klienta' }).click();
  await deletion.getByLabel('Rozumiem, że tych danych nie da się odzyskać').check();
  await confirm.click();
  await told(page, 'Klient został usunięty.');
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  await page.getByText('Nie ma jeszcze klientów').waitFor();
  assert.equal((await api.call('GET', `/api/v1/clients/${client}`)).status, 404);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a salesperson sees what the role shows, and nothing else is even there', async () => {
  const sonia = await become(SONIA, {
    rights: { view_clients: 'own', create_clients: 'all', edit_clients: 'own', export_clients: 'own' },
    fields: { phone: 'masked', nip: 'hidden', city: 'read_only', [`custom:${turnover}`]: 'hidden', [`custom:${discount}`]: 'masked' },
  });
  const client = await makeClient('Piekarnia Żytnia');
  const foreign = await makeClient('Cudza Spółka');
  await give(client, { owner_id: sonia });
  const context = await newContext(browser);
  const complaints = watch(context, [server.url], (text) => /status of (401|403|404|409)/.test(text));
  const page = await context.newPage();
  await signIn(page, server, SONIA);

  // The list.
  await page.getByRole('link', { name: 'Piekarnia Żytnia' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Cudza Spółka' }).count(), 0);
  await page.getByRole('cell', { name: HIDDEN }).first().waitFor();
  assert.equal(await page.getByRole('columnheader', { name: 'Telefon' }).getByRole('button').count(), 0);
  assert.equal(await page.getByRole('columnheader', { name: 'Miasto' }).getByRole('button').count(), 1);
  await page.getByRole('button', { name: 'Opcje wyświetlania' }).click();
  const columns = page.getByRole('group', { name: 'Opcje wyświetlania' });
  assert.equal(await columns.getByRole('checkbox', { name: 'Telefon', exact: true }).count(), 1);
  for (const hidden of ['NIP', 'Obrót']) assert.equal(await columns.getByLabel(hidden).count(), 0, hidden);
  await columns.getByRole('checkbox', { name: 'Rabat', exact: true }).check();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Rabat' }).waitFor();
  // However its digits are grouped.
  assert.ok(!(await page.locator('main').textContent()).replaceAll(/\s/gu, '').includes('77441'));
  await page.getByRole('button', { name: 'Warunek', exact: true }).click();
  const choices = await page.getByLabel('Pole').locator('option').allTextContents();
  for (const kept of ['Telefon', 'NIP', 'Obrót', 'Rabat']) assert.ok(!choices.includes(kept), kept);
  assert.ok(choices.includes('Miasto') && choices.includes('Segment'));
  await page.keyboard.press('Escape');
  // A tax number that may not be asked for is searched as a name: nobody, and no error.
  await page.getByRole('searchbox', { name: 'Szukaj klientów' }).fill('1234563218');
  await page.getByText('Nikt nie pasuje').waitFor();

  // The card.
  await open(page, client, 'Piekarnia Żytnia');
  const facts = section(page, 'Dane');
  const phone = facts.locator('.fact', { hasText: 'Telefon' });
  assert.match(await phone.textContent(), new RegExp(HIDDEN));
  assert.equal(await phone.locator('[title]').getAttribute('title'), HIDDEN);
  assert.equal(await facts.getByText('NIP').count(), 0);
  const more = section(page, 'Dodatkowe pola');
  assert.match(await more.locator('.fact', { hasText: 'Rabat' }).textContent(), new RegExp(HIDDEN));
  assert.equal(await more.getByText('Obrót').count(), 0);
  await section(page, 'Opiekun').getByText(SONIA.name).waitFor();
  for (const name of ['Zmień', 'Usuń klienta']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  // Half of the data would be handed over: refused, with the reason.
  await page.getByRole('button', { name: 'Wydaj dane' }).click();
  await page.getByRole('menuitem', { name: 'Plik JSON' }).click();
  await page.getByRole('alert').getByText('wynik nie byłby kompletny').waitFor();

  // The form.
  await page.getByRole('link', { name: 'Edytuj' }).click();
  const box = (name) => page.getByRole('textbox', { name, exact: true });
  await box('E-mail').waitFor();
  for (const [name, value] of [['Telefon', '•••'], ['Miasto', 'Kielce'], ['Rabat', '•••']]) {
    assert.deepEqual([await box(name).isDisabled(), await box(name).inputValue()], [true, value], name);
  }
  for (const hidden of ['NIP', 'Obrót']) assert.equal(await page.getByLabel(hidden).count(), 0, hidden);
  assert.deepEqual(await violations(page), []);
  await box('Stanowisko').fill('Dostawy');
  await box('Segment').fill('B');
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano.');
  const { details, custom } = await api.get(`/clients/${client}`);
  assert.deepEqual(
    [details.phone, details.nip, details.city, details.position, custom],
    ['+48 601 234 567', '1234563218', 'Kielce', 'Dostawy', { [turnover]: '1234567.89', [discount]: 77441, [segment]: 'B' }],
  );

  // A new client of her own.
  await page.goto(`${server.url}/clients/new`);
  await box('Nazwa').fill('Nowa Spółka');
  assert.equal(await box('Telefon').isDisabled(), true);
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('heading', { name: 'Nowa Spółka', level: 1 }).waitFor();
  await section(page, 'Opiekun').getByText(SONIA.name).waitFor();

  await page.goto(`${server.url}/clients/${foreign}`);
  await page.getByText('Nie ma tu niczego').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('an inspector says why, and then sees the card', async () => {
  await become(IGA, '00000000-0000-7000-8000-000000000005');
  const client = await makeClient('Zakład Poufny');
  const context = await newContext(browser, { viewport: { width: 390, height: 844 }, colorScheme: 'dark', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await signIn(page, server, IGA);
  await page.getByRole('link', { name: 'Zakład Poufny' }).click();
  const dialog = page.getByRole('dialog', { name: 'Dlaczego otwierasz tę kartę?' });
  await dialog.getByText('Zapiszemy go w dzienniku aktywności').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Zakład Poufny' }).count(), 0);
  await assertFits(page, 'the reason');
  assert.deepEqual(await violations(page), []);
  // No reason, no card; and back without one.
  await dialog.getByRole('button', { name: 'Otwórz kartę' }).click();
  await dialog.getByText('To pole jest wymagane.').first().waitFor();
  await dialog.getByRole('button', { name: 'Anuluj' }).click();
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();

  await page.getByRole('link', { name: 'Zakład Poufny' }).click();
  await dialog.getByRole('textbox', { name: 'Powód' }).fill('Skarga z 23 listopada');
  await dialog.getByRole('button', { name: 'Otwórz kartę' }).click();
  await page.getByRole('heading', { name: 'Zakład Poufny', level: 1 }).waitFor();
  await section(page, 'Historia').getByText('Podanie powodu otwarcia karty').waitFor();
  // It holds for a while.
  await page.reload();
  await page.getByRole('heading', { name: 'Zakład Poufny', level: 1 }).waitFor();
  assert.equal(await dialog.count(), 0);
  await context.close();
});

test('card, dialogs and masks fit and are accessible, wide and narrow, light and dark', async () => {
  const client = await makeClient('Przedsiębiorstwo Wielobranżowe Konstantynopolitańczykowianeczka');
  const iga = (await api.get('/accounts')).find(({ email }) => email === IGA.email).id;
  await give(client, { owner_id: iga });
  const masked = await become(IGA, {
    rights: { view_clients: 'all', edit_clients: 'all', delete_clients: 'all', assign_clients: 'all', export_clients: 'all', create_clients: 'all' },
    fields: { phone: 'masked', nip: 'masked', city: 'read_only' },
  });
  assert.ok(masked);
  const problems = [];
  let state;
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']]) {
    const context = await newContext(browser, { viewport: { width, height: 844 }, colorScheme, reducedMotion: 'reduce', ...(state ? { storageState: state } : {}) });
    const page = await context.newPage();
    if (!state) {
      await signIn(page, server, IGA);
      state = await context.storageState();
    }
    const look = async (what) => {
      await assertFits(page, `${what} ${width} ${colorScheme}`);
      for (const violation of await violations(page)) problems.push(`${what} ${width} ${colorScheme}: ${violation}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${what}-${width}-${colorScheme}.png` });
    };
    await page.goto(`${server.url}/clients`);
    await page.getByRole('rowheader').first().waitFor();
    await look('list');
    await page.goto(`${server.url}/clients/${client}`);
    await section(page, 'Opiekun').getByText(IGA.name).waitFor();
    await look('card');
    await page.getByRole('button', { name: 'Zmień' }).click();
    await page.getByRole('dialog').waitFor();
    await look('assign');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Usuń klienta' }).click();
    await page.getByRole('dialog').waitFor();
    await look('delete');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Edytuj' }).click();
    await page.getByRole('textbox', { name: 'Miasto' }).waitFor();
    await look('edit');
    if (width === 390) await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await page.getByRole('button', { name: /^Konto/ }).click();
    await page.getByRole('menuitem', { name: 'Zablokuj teraz' }).waitFor();
    await look('menu');
    await context.close();
  }
  assert.deepEqual(problems, []);
});
