// The owner's office: departments, roles, accounts, keys and security, set up in the app; and what it refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { go, setUpOwner, told } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';

let server, browser, page;
const complaints = [];

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  const context = await newContext(browser);
  // Refusals are part of the story; the browser notes each as an error.
  complaints.push(watch(context, [server.url], (text) => /status of (401|409|412|422)/.test(text)));
  page = await context.newPage();
  await setUpOwner(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const heading = (name) => page.getByRole('heading', { name, level: 1 });
const dialog = () => page.getByRole('dialog');
const row = (name) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: new RegExp(`^\\W*${name}|${name}`) }) });
const save = (within = page) => within.getByRole('button', { name: 'Zapisz' }).click();

async function settings(door, name = door) {
  await go(page, 'Ustawienia');
  await page.getByRole('navigation', { name: 'Firma' }).getByRole('link', { name: new RegExp(`^${door}`) }).click();
  await heading(name).waitFor();
}

async function addAccount(email, name, role, department) {
  await page.getByRole('button', { name: 'Dodaj pracownika' }).click();
  await dialog().getByRole('textbox', { name: 'E-mail' }).fill(email);
  await dialog().getByRole('textbox', { name: 'Imię i nazwisko' }).fill(name);
  await dialog().getByLabel('Rola').selectOption({ label: role });
  if (department) await dialog().getByRole('checkbox', { name: department }).check();
  await save(dialog());
}

test('departments are added and renamed, and their names checked', async () => {
  await settings('Pracownicy');
  await page.getByRole('tab', { name: 'Działy' }).click();
  await page.getByText('Nie ma jeszcze działów').waitFor();
  await page.getByRole('button', { name: 'Dodaj dział' }).click();
  await save(dialog());
  await dialog().getByText('Nazwa: To pole jest wymagane.').waitFor();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Handl');
  await save(dialog());
  await told(page, 'Dodano dział.');
  await page.getByRole('button', { name: 'Zmień nazwę działu: Handl' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Handel');
  await save(dialog());
  await told(page, 'Zapisano.');
  await page.getByText('Handel', { exact: true }).waitFor();
});

test('a role is based on another, hides a field, and says what comes of it', async () => {
  await settings('Role i uprawnienia');
  for (const name of ['Właściciel', 'Administrator', 'Handlowiec', 'Marketing', 'Inspektor ochrony danych', 'Tylko odczyt']) {
    await page.getByRole('link', { name, exact: true }).waitFor();
  }
  // What comes with the product can be looked at, not changed.
  await page.getByRole('link', { name: 'Handlowiec', exact: true }).click();
  await heading('Handlowiec').waitFor();
  await page.getByText('podgląd (własne), dodawanie, edycja (własne)').waitFor();
  assert.equal(await page.getByRole('main').getByRole('combobox').count(), 0);
  await page.getByRole('link', { name: 'Utwórz na tej podstawie' }).click();
  await heading('Nowa rola').waitFor();
  assert.equal(await page.getByLabel('Na podstawie').locator('option:checked').textContent(), 'Handlowiec');

  const effect = page.getByRole('complementary', { name: 'W efekcie' });
  await effect.getByText('podgląd (własne), dodawanie, edycja (własne)').waitFor();
  await page.getByLabel('Klienci: Podgląd').selectOption('department');
  await page.getByLabel('Klienci: Edycja').selectOption('all');
  await page.getByText('Działa jak: dział – bo tyle sięga podgląd').waitFor();
  await page.getByLabel('Klienci: Edycja').selectOption('');
  await page.getByLabel('NIP', { exact: true }).selectOption('hidden');
  await effect.getByText('podgląd (dział), dodawanie, edycja (własne)').waitFor();
  await effect.getByText('ukryte').waitFor();
  // Names cannot be hidden.
  assert.deepEqual(await page.getByLabel('Nazwisko').locator('option').evaluateAll((all) => all.map(({ value }) => value)), ['', 'open', 'read_only']);

  await page.getByLabel('Dozwolone sieci').selectOption('listed');
  await page.getByLabel('Tylko z podanych sieci').fill('127.0.0.0/8\nbiuro');
  await save();
  await page.getByText('Wiersz 2: Nieprawidłowy format.').waitFor();
  await page.getByLabel('Tylko z podanych sieci').fill('127.0.0.0/8');
  await save();
  // The name was not given; everything else is still there.
  await page.getByText('Nazwa: To pole jest wymagane.').waitFor();
  assert.equal(await page.getByLabel('Klienci: Podgląd').inputValue(), 'department');
  await page.getByRole('textbox', { name: 'Nazwa' }).fill('Handlowiec bez NIP');
  await save();
  await told(page, 'Dodano rolę.');
  const made = row('Handlowiec bez NIP');
  await made.getByText('Handlowiec', { exact: true }).waitFor();

  // A second role of that name is refused; a copy begins with the same content.
  await made.getByRole('link', { name: 'Kopiuj rolę: Handlowiec bez NIP' }).click();
  await heading('Nowa rola').waitFor();
  assert.equal(await page.getByLabel('NIP', { exact: true }).inputValue(), 'hidden');
  await page.getByRole('textbox', { name: 'Nazwa' }).fill('Handlowiec bez NIP');
  await save();
  await page.getByRole('alert').getByText('To już istnieje.').waitFor();
  assert.equal(await page.getByLabel('NIP', { exact: true }).inputValue(), 'hidden');
  await page.getByRole('textbox', { name: 'Nazwa' }).fill('Do usunięcia');
  await save();
  await told(page, 'Dodano rolę.');
  await page.getByRole('button', { name: 'Usuń: Do usunięcia' }).click();
  await dialog().getByRole('button', { name: 'Usuń' }).click();
  await told(page, 'Usunięto rolę.');
});

test('two people change one role: nobody loses anything', async () => {
  const other = await page.context().newPage();
  await page.getByRole('link', { name: 'Handlowiec bez NIP', exact: true }).click();
  await heading('Handlowiec bez NIP').waitFor();
  await other.goto(page.url());
  await other.getByLabel('PESEL', { exact: true }).selectOption('masked');
  await save(other);
  await told(other, 'Zapisano.');
  await other.close();
  await page.getByLabel('Otwarcie karty wymaga podania powodu').selectOption('yes');
  await save();
  await page.getByText('Ktoś zmienił tę rolę w międzyczasie').waitFor();
  await page.getByRole('button', { name: 'Wczytaj nowszą wersję' }).click();
  await page.getByText('Masz najnowszą wersję razem ze swoimi zmianami.').waitFor();
  assert.equal(await page.getByLabel('PESEL', { exact: true }).inputValue(), 'masked');
  assert.equal(await page.getByLabel('Otwarcie karty wymaga podania powodu').inputValue(), 'yes');
  await page.getByLabel('Dozwolone sieci').selectOption('');
  await save();
  await told(page, 'Zapisano.');
});

/** An account was added; without mail its link is shown once. */
async function handedOver() {
  await told(page, 'Dodano konto.');
  const invitation = page.getByRole('dialog', { name: 'Zaproszenie' });
  await invitation.getByText(/\/invite#/).waitFor();
  await invitation.getByRole('button', { name: 'Zamknij' }).click();
}

test('accounts are added, changed, deactivated with a hand-over, and activated again', async () => {
  await settings('Pracownicy');
  await addAccount('to nie adres', '', 'Handlowiec');
  await dialog().getByText('E-mail: Nieprawidłowy format.').waitFor();
  await dialog().getByText('Imię i nazwisko: To pole jest wymagane.').waitFor();
  await dialog().getByText('Nowa osoba dostanie link').waitFor();
  await dialog().getByRole('textbox', { name: 'E-mail' }).fill('ewa@firma.example');
  await dialog().getByRole('textbox', { name: 'Imię i nazwisko' }).fill('Ewa Handlowa');
  await dialog().getByLabel('Rola').selectOption({ label: 'Handlowiec bez NIP' });
  await dialog().getByRole('checkbox', { name: 'Handel' }).check();
  await save(dialog());
  await handedOver();
  await addAccount('ewa@firma.example', 'Ktoś Inny', 'Marketing');
  await dialog().getByText('To już istnieje.').waitFor();
  await dialog().getByRole('textbox', { name: 'E-mail' }).fill('jan@firma.example');
  await save(dialog());
  await handedOver();
  const ewa = row('Ewa Handlowa');
  for (const text of ['ewa@firma.example', 'Handlowiec bez NIP', 'Handel', 'Zaproszone']) await ewa.getByText(text, { exact: true }).waitFor();

  await ewa.getByRole('button', { name: 'Edytuj' }).click();
  await dialog().getByRole('textbox', { name: 'Imię i nazwisko' }).fill('Ewa Nowa');
  await dialog().getByLabel('Rola').selectOption({ label: 'Marketing' });
  await save(dialog());
  await told(page, 'Zmiana roli unieważniła zaproszenie');
  await row('Ewa Nowa').getByText('Marketing').waitFor();

  // The last owner stays an owner.
  const own = row(OWNER.name);
  assert.equal(await own.getByRole('button', { name: /^Dezaktywuj/ }).count(), 0);
  await own.getByRole('button', { name: 'Edytuj' }).click();
  await dialog().getByLabel('Rola').selectOption({ label: 'Tylko odczyt' });
  await save(dialog());
  await dialog().getByText('To ostatni właściciel. Najpierw wyznacz następnego.').waitFor();
  await dialog().getByRole('button', { name: 'Anuluj' }).click();

  // Clients change hands: first from the owner to Ewa, then, as she leaves, to Jan.
  const request = page.context().request;
  for (const name of ['Ada', 'Bob']) {
    const made = await request.post(`${server.url}/api/v1/clients`, { data: { details: { kind: 'person', name } }, headers: { 'sec-fetch-site': 'same-origin' } });
    assert.ok(made.ok(), await made.text());
  }
  await page.reload();
  await own.getByRole('button', { name: 'Przekaż klientów' }).click();
  await dialog().getByRole('button', { name: 'Przekaż klientów' }).click();
  await dialog().getByText('Komu przekazać klientów: To pole jest wymagane.').waitFor();
  await dialog().getByLabel(/^Komu przekazać/).selectOption({ label: 'Ewa Nowa' });
  await dialog().getByRole('button', { name: 'Przekaż klientów' }).click();
  await told(page, 'Przekazano: 2 klienci.');
  await row('Ewa Nowa').getByRole('cell', { name: '2', exact: true }).waitFor();
  await row('Ewa Nowa').getByRole('button', { name: 'Dezaktywuj' }).click();
  await dialog().getByText(/przestaną działać natychmiast/).waitFor();
  await dialog().getByLabel('Komu przekazać klientów (2 klienci)').selectOption({ label: 'Ktoś Inny' });
  await dialog().getByRole('button', { name: 'Dezaktywuj' }).click();
  await told(page, 'Konto dezaktywowane. Przekazano: 2 klienci.');
  await row('Ktoś Inny').getByText('2', { exact: true }).waitFor();
  assert.equal(await row('Ewa Nowa').count(), 0);
  await page.getByRole('checkbox', { name: 'Pokaż nieaktywne konta (1)' }).check();
  await row('Ewa Nowa').getByText('Nieaktywne').waitFor();
  await row('Ewa Nowa').getByRole('button', { name: 'Aktywuj ponownie' }).click();
  await told(page, 'Konto znów jest aktywne.');
});

test('what is in use is not deleted, and the reason is given', async () => {
  await page.getByRole('tab', { name: 'Konta' }).waitFor();
  const request = page.context().request;
  const headers = { 'sec-fetch-site': 'same-origin' };
  const [department] = await (await request.get(`${server.url}/api/v1/departments`)).json();
  const { id } = await (await request.post(`${server.url}/api/v1/clients`, { data: { details: { kind: 'person', name: 'Z działu' } }, headers })).json();
  const assigned = await request.put(`${server.url}/api/v1/clients/${id}/assignment`, { data: { department_id: department.id }, headers: { ...headers, 'if-match': '"1"' } });
  assert.ok(assigned.ok(), await assigned.text());
  await page.getByRole('tab', { name: 'Działy' }).click();
  await page.getByRole('button', { name: 'Usuń: Handel' }).click();
  await dialog().getByRole('button', { name: 'Usuń' }).click();
  await page.getByRole('alert').getByText('Do tego działu należą klienci.').waitFor();

  await page.getByRole('tab', { name: 'Konta' }).click();
  await row('Ewa Nowa').getByRole('button', { name: 'Edytuj' }).click();
  await dialog().getByLabel('Rola').selectOption({ label: 'Handlowiec bez NIP' });
  await save(dialog());
  await told(page, 'Zapisano.');
  await settings('Role i uprawnienia');
  await page.getByRole('button', { name: 'Usuń: Handlowiec bez NIP' }).click();
  await dialog().getByRole('button', { name: 'Usuń' }).click();
  await page.getByRole('alert').getByText('Ktoś ma tę rolę albo inna się na niej opiera.').waitFor();
});

test('a key is made, shown once, used, and revoked', async () => {
  await settings('Klucze API');
  await page.getByText('Nie ma jeszcze kluczy').waitFor();
  await page.getByRole('button', { name: 'Nowy klucz' }).click();
  await dialog().getByLabel('Ważny do').fill('2020-01-01');
  await dialog().getByRole('button', { name: 'Utwórz klucz' }).click();
  await dialog().getByText('Uprawnienia: Wybierz co najmniej jedno uprawnienie.').waitFor();
  await dialog().getByLabel('Klienci: Edycja').selectOption('all');
  await dialog().getByText(/^Działa jak: brak/).waitFor();
  await dialog().getByLabel('Klienci: Podgląd').selectOption('all');
  await dialog().getByLabel('Klienci: Edycja').selectOption('none');
  assert.equal(await dialog().getByLabel(/^Pracownicy i role: Edycja/).count(), 0);
  await dialog().getByRole('button', { name: 'Utwórz klucz' }).click();
  await dialog().getByText('Nazwa: To pole jest wymagane.').waitFor();
  await dialog().getByText('Ważny do: Wybierz przyszły dzień').waitFor();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Sklep');
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  await dialog().getByLabel('Ważny do').fill(soon);
  await dialog().getByLabel('Dozwolone sieci').fill('127.0.0.1/33');
  await dialog().getByRole('button', { name: 'Utwórz klucz' }).click();
  await dialog().getByText('Wiersz 1: Nieprawidłowy format.').waitFor();
  await dialog().getByLabel('Dozwolone sieci').fill('127.0.0.0/8');
  await dialog().getByRole('button', { name: 'Utwórz klucz' }).click();

  await page.getByRole('heading', { name: 'Klucz gotowy' }).waitFor();
  const [key, example] = await dialog().locator('pre').allTextContents();
  assert.match(key, /^zgoda_\w+/);
  assert.ok(example.includes(`Bearer ${key}`) && example.includes(`${server.url}/api/v1/clients/search`), example);
  const call = () => fetch(`${server.url}/api/v1/clients/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"limit": 10}',
  });
  const answer = await call();
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).items.length, 3);
  await dialog().getByRole('button', { name: 'Gotowe' }).click();
  assert.ok(!(await page.content()).includes(key));
  const made = row('Sklep');
  for (const text of ['Aktywny', 'podgląd (wszystkie)', '127.0.0.0/8']) await made.getByText(text).first().waitFor();
  await page.getByRole('tab', { name: 'Klucze wszystkich' }).click();
  await made.getByText(OWNER.name).waitFor();
  await page.getByRole('tab', { name: 'Twoje klucze' }).click();
  await made.getByRole('button', { name: 'Unieważnij: Sklep' }).click();
  await dialog().getByRole('button', { name: 'Unieważnij' }).click();
  await told(page, 'Klucz unieważniony.');
  await made.getByText('Unieważniony').waitFor();
  assert.equal((await call()).status, 401);
});

test('the sessions and the keys of somebody else are ended', async () => {
  const OLA = { name: 'Ola Zdalna', email: 'ola@firma.example', password: 'granatowy parasol w deszczu' };
  await server.addOwner(OLA);
  const ola = await Api.signIn(server, OLA);
  const expires_at = new Date(Date.now() + 86_400_000).toISOString();
  await ola.post('/api-keys', { name: 'Zgubiony', definition: { rights: { view_clients: 'all' } }, expires_at });
  await page.reload();
  await page.getByRole('tab', { name: 'Klucze wszystkich' }).click();
  await row('Zgubiony').getByText(OLA.name).waitFor();
  await row('Zgubiony').getByRole('button', { name: 'Unieważnij: Zgubiony' }).click();
  await dialog().getByRole('button', { name: 'Unieważnij' }).click();
  await told(page, 'Klucz unieważniony.');
  await row('Zgubiony').getByText('Unieważniony').waitFor();

  await settings('Pracownicy');
  assert.equal(await row(OWNER.name).getByRole('button', { name: /^Zakończ sesje/ }).count(), 0);
  await row(OLA.name).getByRole('button', { name: 'Zakończ sesje' }).click();
  await dialog().getByText(/zostanie wylogowana wszędzie/).waitFor();
  assert.equal((await ola.call('GET', '/api/v1/session')).status, 200);
  await dialog().getByRole('button', { name: 'Zakończ sesje' }).click();
  await told(page, 'Zakończono sesje.');
  assert.equal((await ola.call('GET', '/api/v1/session')).status, 401);
});

test('security rules that would shut the owner out are refused', async () => {
  await settings('Bezpieczeństwo');
  const networks = page.getByRole('textbox', { name: 'Dozwolone sieci' });
  await networks.fill('192.0.2.0/24');
  await page.getByLabel('Blokada po bezczynności (minuty)').fill('0');
  await save();
  await page.getByText('Blokada po bezczynności (minuty): Wartość spoza zakresu.').waitFor();
  await page.getByLabel('Blokada po bezczynności (minuty)').fill('30');
  // Whom the list does not hold may set it from home.
  await page.getByRole('checkbox', { name: 'Właściciele mogą łączyć się skądkolwiek' }).uncheck();
  await save();
  await page.getByRole('alert').getByText(/Te sieci nie obejmują adresu, z którego teraz się łączysz/).waitFor();
  assert.equal(await networks.inputValue(), '192.0.2.0/24');
  assert.equal(await networks.getAttribute('aria-invalid'), 'true');
  await networks.fill('192.0.2.0/24\n127.0.0.1');
  await save();
  await told(page, 'Zapisano zasady bezpieczeństwa.');
  await page.reload();
  await heading('Bezpieczeństwo').waitFor();
  assert.deepEqual((await networks.inputValue()).split('\n').sort(), ['127.0.0.1', '192.0.2.0/24']);
  assert.equal(await page.getByLabel('Blokada po bezczynności (minuty)').inputValue(), '30');
  assert.ok(!(await page.getByRole('checkbox', { name: 'Właściciele mogą łączyć się skądkolwiek' }).isChecked()));

  // Saved elsewhere meanwhile.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByLabel('Koniec sesji (godziny)').fill('8');
  await save(other);
  await told(other, 'Zapisano zasady bezpieczeństwa.');
  await other.close();
  await page.getByLabel('Blokada po bezczynności (minuty)').fill('20');
  await save();
  await page.getByText('Ktoś zmienił te ustawienia w międzyczasie').waitFor();
  await page.getByRole('button', { name: 'Wczytaj nowszą wersję' }).click();
  await page.getByText('Masz najnowszą wersję razem ze swoimi zmianami.').waitFor();
  assert.equal(await page.getByLabel('Koniec sesji (godziny)').inputValue(), '8');
  assert.equal(await page.getByLabel('Blokada po bezczynności (minuty)').inputValue(), '20');
  await save();
  await told(page, 'Zapisano zasady bezpieczeństwa.');
});

test('nothing else was complained about', () => {
  assert.deepEqual(complaints.flat(), []);
});
