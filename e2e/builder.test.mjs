// The form builder: a form made by dragging, another with the keyboard alone, every kind of field, and all that stands
// around the fields: window, endings, mails, looks, versions, complaints.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, go, setUpOwner, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { OWNER, startServer } from './lib/server.mjs';

let mail, server, browser, context, page, complaints, api;

const KINDS = ['Tekst', 'Tekst długi', 'E-mail', 'Telefon', 'Liczba', 'Data', 'Lista', 'Radio', 'Pole wyboru', 'Zgoda', 'Plik', 'Ukryte', 'Nagłówek', 'Tekst statyczny'];
const WORDING = 'Zgadzam się na newsletter.';

before(async () => {
  // A form with a reply or a notice is sound only where mail can be sent.
  mail = await startMailServer();
  server = await startServer({ ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`, ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>' });
  browser = await startBrowser();
  context = await newContext(browser, { viewport: { width: 1440, height: 1500 } });
  // Refused drafts and the question who is signed in are part of the story.
  complaints = watch(context, [server.url], (text) => /status of (401|422)/.test(text));
  page = await context.newPage();
  await setUpOwner(page, server);
  api = await Api.signIn(server, OWNER);
  for (const [name, channels] of [['Newsletter', ['email', 'sms', 'phone']], ['Umowa', ['general']]]) {
    const marketing = name === 'Newsletter';
    const { id } = await api.post('/purposes', { name, basis: 'consent', is_marketing: marketing, channels });
    await api.post(`/purposes/${id}/wordings`, { language: 'pl', text: marketing ? WORDING : 'Zgadzam się na umowę.' });
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

const region = (name) => page.getByRole('region', { name, exact: true });
const fields = () => region('Pola');
const properties = () => region('Właściwości pola');
const preview = () => region('Podgląd');
// Required fields bear a star.
const labels = async (names) => (await names.allTextContents()).map((text) => text.replace(/ \*$/, ''));
const order = () => labels(fields().locator('.builder__name > span:first-child'));
const pick = (label) => fields().getByRole('button', { name: new RegExp(`^${label}`) }).click();
const saved = async (press) => {
  // The notice of an earlier save may still be there.
  const put = page.waitForResponse((response) => response.request().method() === 'PUT');
  await press();
  assert.ok((await put).ok(), `${(await put).status()}`);
  await told(page, 'Zapisano.');
};
const save = () => saved(() => page.getByRole('button', { name: 'Zapisz', exact: true }).click());
const shoot = async (name) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/builder-${name}.png`, fullPage: !process.env.TOP });
};
const box = async (locator) => {
  await locator.scrollIntoViewIfNeeded();
  return locator.boundingBox();
};

async function newForm(name, template) {
  await go(page, 'Formularze');
  await page.getByRole('button', { name: 'Nowy formularz' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill(name);
  await dialog.getByRole('combobox', { name: 'Szablon' }).selectOption({ label: template });
  await dialog.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

const formNamed = async (name) => {
  const { id } = (await api.get('/forms')).find((form) => form.name === name);
  return api.get(`/forms/${id}`);
};

/** Drags with the mouse to just above (`before`) or below the middle of a row. */
async function drag(from, label, before) {
  const start = await box(from);
  await page.mouse.move(start.x + 12, start.y + start.height / 2);
  await page.mouse.down();
  const row = await fields().getByRole('listitem').filter({ hasText: label }).boundingBox();
  const y = row.y + row.height / 2 + (before ? -6 : 6);
  await page.mouse.move(row.x + 60, y + 20, { steps: 4 });
  await page.mouse.move(row.x + 60, y, { steps: 4 });
  await page.locator('.builder__field--above, .builder__field--below').first().waitFor();
  await page.mouse.up();
  await page.locator('.builder__ghost').waitFor({ state: 'detached' });
}

test('fields are moved and brought in by dragging', async () => {
  await newForm('Mysz', 'Kontakt');
  assert.deepEqual(await order(), ['Imię i nazwisko', 'Adres e-mail', 'Telefon', 'Wiadomość']);
  await drag(fields().getByRole('button', { name: 'Przenieś: Wiadomość' }), 'Imię i nazwisko', true);
  assert.deepEqual(await order(), ['Wiadomość', 'Imię i nazwisko', 'Adres e-mail', 'Telefon']);
  // By its name too, and downwards.
  await drag(fields().getByRole('button', { name: /^Wiadomość/ }), 'Telefon', false);
  assert.deepEqual(await order(), ['Imię i nazwisko', 'Adres e-mail', 'Telefon', 'Wiadomość']);
  await drag(page.getByRole('button', { name: '+Pole Data' }), 'Adres e-mail', false);
  assert.deepEqual(await order(), ['Imię i nazwisko', 'Adres e-mail', 'Data', 'Telefon', 'Wiadomość']);
  assert.equal(await properties().getByRole('textbox', { name: 'Etykieta' }).inputValue(), 'Data', 'the new field is chosen');
  await save();
  assert.deepEqual((await formNamed('Mysz')).definition.fields.map(({ kind }) => kind), ['short_text', 'email', 'date', 'phone', 'long_text']);
});

test('a drag that is called off, or ends elsewhere, changes nothing', async () => {
  const before = await order();
  const start = await box(fields().getByRole('button', { name: 'Przenieś: Telefon' }));
  const lift = async () => {
    await page.mouse.move(start.x + 10, start.y + 20);
    await page.mouse.down();
    await page.mouse.move(start.x + 30, start.y - 60, { steps: 4 });
    await page.locator('.builder__ghost').waitFor();
  };
  await lift();
  await page.keyboard.press('Escape');
  await page.locator('.builder__ghost').waitFor({ state: 'detached' });
  await page.mouse.up();
  await lift();
  await page.mouse.move(1100, 300, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await order(), before);
});

test('a finger drags by the grip', async () => {
  const touch = await newContext(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, storageState: await context.storageState() });
  const phone = await touch.newPage();
  const { id } = await formNamed('Mysz');
  await phone.goto(`${server.url}/forms/${id}`);
  const names = phone.getByRole('region', { name: 'Pola', exact: true }).locator('.builder__name > span:first-child');
  await names.first().waitFor();
  const grip = phone.getByRole('button', { name: 'Przenieś: Adres e-mail' });
  await grip.scrollIntoViewIfNeeded();
  const from = await grip.boundingBox();
  const client = await touch.newCDPSession(phone);
  const send = (type, y) => client.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: from.x + 12, y }] });
  const y = from.y + from.height / 2;
  await send('touchStart', y);
  for (const step of [10, 20, 30, 40, 50, 60]) await send('touchMove', y - step);
  await phone.locator('.builder__field--above').waitFor();
  await send('touchEnd');
  await phone.locator('.builder__ghost').waitFor({ state: 'detached' });
  assert.deepEqual((await labels(names)).slice(0, 2), ['Adres e-mail', 'Imię i nazwisko']);
  await touch.close();
});

test('deleted and taken back, duplicated, undone and redone', async () => {
  const before = await order();
  await pick('Telefon');
  await properties().getByRole('button', { name: 'Usuń' }).click();
  await fields().getByText('Usunięto „Telefon”.').waitFor();
  assert.ok(!(await order()).includes('Telefon'));
  await fields().getByRole('button', { name: 'Cofnij usunięcie' }).click();
  assert.deepEqual(await order(), before);

  await pick('Telefon');
  await properties().getByRole('button', { name: 'Powiel' }).click();
  assert.equal((await order()).filter((label) => label === 'Telefon').length, 2);
  await properties().getByRole('textbox', { name: 'Etykieta' }).fill('Drugi telefon');
  const changed = await order();
  // Not while typing: there the browser undoes letters.
  await pick('Drugi telefon');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await order(), before);
  await page.keyboard.press('Control+Shift+Z');
  await fields().getByRole('button', { name: 'Ponów' }).click();
  assert.deepEqual(await order(), changed);
  assert.equal(await fields().getByRole('button', { name: 'Ponów' }).isDisabled(), true);
  await fields().getByRole('button', { name: 'Cofnij', exact: true }).click();
  await fields().getByRole('button', { name: 'Cofnij', exact: true }).click();
  assert.deepEqual(await order(), before);
});

/** Presses a key until something has the focus. */
async function tabTo(locator, key = 'Tab') {
  for (let at = 0; at < 120; at++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  assert.fail('the keyboard does not get there');
}

test('a form with the keyboard alone', async () => {
  await newForm('Klawiatura', 'Pusty');
  await fields().getByText('Formularz nie ma jeszcze pól.').waitFor();
  for (const name of ['+Pole Tekst', '+Pole E-mail', '+Pole Liczba']) {
    await tabTo(page.getByRole('button', { name, exact: true }), 'Tab');
    await page.keyboard.press('Enter');
  }
  await page.waitForFunction(() => document.querySelectorAll('.builder__field').length === 3);
  assert.deepEqual(await order(), ['Tekst', 'E-mail', 'Liczba']);
  // Alt and arrows on the field itself; the focus goes along.
  const name = fields().getByRole('button', { name: /^Liczba/ });
  await tabTo(name, 'Shift+Tab');
  await page.keyboard.press('Alt+ArrowUp');
  await page.waitForFunction(() => document.querySelector('.builder__field:nth-child(2) .builder__name')?.matches(':focus'));
  assert.deepEqual(await order(), ['Tekst', 'Liczba', 'E-mail']);
  const said = fields().getByRole('status').first();
  assert.equal(await said.textContent(), '„Liczba”: miejsce 2 z 3');
  // The grip's own mode, called off and then meant.
  const grip = fields().getByRole('button', { name: 'Przenieś: Liczba' });
  await tabTo(grip, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.querySelector('.builder__field:first-child .builder__grip')?.matches(':focus'));
  await page.keyboard.press('ArrowUp');
  assert.deepEqual(await order(), ['Liczba', 'Tekst', 'E-mail']);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelector('.builder__field:nth-child(2) .builder__grip')?.matches(':focus'));
  assert.deepEqual(await order(), ['Tekst', 'Liczba', 'E-mail']);
  assert.equal(await said.textContent(), 'Pole wróciło na swoje miejsce.');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.querySelector('.builder__field:nth-child(3) .builder__grip')?.matches(':focus'));
  await page.keyboard.press('Enter');
  assert.equal(await grip.getAttribute('aria-pressed'), 'false');
  assert.deepEqual(await order(), ['Tekst', 'E-mail', 'Liczba']);
  // Into the properties, and back to delete.
  await tabTo(name);
  await page.keyboard.press('Enter');
  await tabTo(properties().getByRole('textbox', { name: 'Etykieta' }));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Ile sztuk');
  await tabTo(fields().getByRole('button', { name: /^Tekst/ }), 'Shift+Tab');
  await page.keyboard.press('Delete');
  await page.waitForFunction(() => document.querySelector('.builder__field:first-child .builder__name')?.matches(':focus'));
  assert.deepEqual(await order(), ['E-mail', 'Ile sztuk']);
  await tabTo(page.getByRole('button', { name: 'Zapisz', exact: true }), 'Shift+Tab');
  await saved(() => page.keyboard.press('Enter'));
  assert.deepEqual((await formNamed('Klawiatura')).definition.fields.map(({ label }) => label), ['E-mail', 'Ile sztuk']);
});

test('every kind of field has its properties and its look', async () => {
  await newForm('Wszystko', 'Pusty');
  const tiles = page.locator('.builder__tile');
  assert.equal(await tiles.count(), KINDS.length);
  for (let at = 0; at < KINDS.length; at++) {
    const tile = tiles.nth(at);
    const about = await page.locator(`#${await tile.getAttribute('aria-describedby')}`).textContent();
    assert.ok(about.length > 10, 'each kind says what it is for');
    await tile.click();
    await properties().getByText(about, { exact: true }).waitFor();
  }
  assert.deepEqual(await order(), KINDS);
  await pick('Lista');
  const options = properties().getByRole('textbox', { name: 'Opcje' });
  await options.fill('zielony\n\n  czerwony \nżółty');
  await properties().getByRole('button', { name: 'Przesuń wyżej: żółty' }).click();
  assert.equal(await options.inputValue(), 'zielony\nżółty\nczerwony');
  await properties().getByRole('button', { name: 'Usuń: zielony' }).click();
  await properties().getByRole('button', { name: 'Dodaj opcję' }).click();
  assert.equal(await options.inputValue(), 'żółty\nczerwony\nOpcja 3');
  await pick('Plik');
  await properties().getByRole('checkbox', { name: 'TXT' }).uncheck();
  await properties().getByRole('combobox', { name: 'Największy plik' }).selectOption({ label: '2 MB' });
  await pick('Tekst statyczny');
  assert.equal(await properties().getByRole('checkbox', { name: 'Wymagane' }).count(), 0);
  // Nothing is ticked before the visitor ticks it.
  for (const tick of await preview().getByRole('checkbox').all()) assert.equal(await tick.isChecked(), false);
});

test('a consent is for one purpose and channel, free, and spread over channels by one press', async () => {
  await pick('Zgoda');
  await properties().getByRole('combobox', { name: 'Cel' }).selectOption({ label: 'Newsletter' });
  await properties().getByText(WORDING).waitFor();
  assert.equal(await properties().getByRole('checkbox', { name: 'Wymagane' }).isDisabled(), true);
  await properties().getByText(/nie może być wymagana/).first().waitFor();
  assert.equal(await properties().getByRole('textbox', { name: 'Etykieta' }).inputValue(), 'Newsletter – e-mail');
  await properties().getByRole('button', { name: 'Po jednym zaznaczeniu na kanał' }).click();
  assert.deepEqual((await order()).filter((label) => label.startsWith('Newsletter')), ['Newsletter – e-mail', 'Newsletter – SMS', 'Newsletter – telefon']);
  assert.equal(await properties().getByRole('button', { name: 'Po jednym zaznaczeniu na kanał' }).count(), 0);
  await preview().getByText(WORDING).first().waitFor();
});

test('the settings around the fields are saved', async () => {
  await page.getByText('Więcej opcji', { exact: true }).click();
  const box = page.locator('details.more-options');
  await box.getByText('Czas lokalny: Europe/Warsaw.').first().waitFor();
  await box.getByLabel('Otwarty od').fill('2030-06-01T08:00');
  await box.getByLabel('Otwarty do').fill('2030-05-01T08:00');
  await box.getByText('Koniec jest przed początkiem.').waitFor();
  await box.getByLabel('Otwarty do').fill('2030-06-30T20:00');
  await box.getByLabel('Limit zgłoszeń').fill('50');
  await box.getByLabel('Powiadom te skrzynki').fill('biuro@example.com\nsklep@example.com');
  await box.getByRole('checkbox', { name: 'Wyślij potwierdzenie odwiedzającemu' }).check();
  await box.getByLabel('Temat').fill('Mamy Twoje zgłoszenie');
  await box.getByRole('checkbox', { name: 'Wymagaj dowodu pracy' }).check();
  await box.getByRole('button', { name: 'Dodaj zakończenie' }).click();
  const ending = box.getByRole('group', { name: 'Zakończenie 1' });
  await ending.getByRole('combobox', { name: 'Gdy pole' }).selectOption({ label: 'Lista' });
  await ending.getByRole('combobox', { name: 'ma odpowiedź' }).selectOption({ label: 'czerwony' });
  await ending.getByLabel('Tekst zakończenia').fill('Czerwone wysyłamy jutro.');
  await box.getByLabel('Kolor akcentu', { exact: true }).fill('#F5D000');
  await box.getByText(/Biały tekst: kontrast 1,\d:1, za mały/).waitFor();
  await box.getByText('Napis na przycisku będzie czarny.').waitFor();
  await box.getByLabel('Krój pisma').selectOption({ label: 'Szeryfowy' });
  const button = preview().locator('main > button');
  assert.deepEqual(
    await button.evaluate((it) => { const style = getComputedStyle(it); return [style.backgroundColor, style.color, style.fontFamily.includes('Georgia')]; }),
    ['rgb(245, 208, 0)', 'rgb(0, 0, 0)', true],
  );
  await page.getByLabel('Tytuł widoczny dla odwiedzających').fill('Zapytanie');
  await preview().getByText('Zapytanie').waitFor();
  // Not a number: it is not saved as none.
  await box.getByLabel('Limit zgłoszeń').fill('');
  await box.getByLabel('Limit zgłoszeń').pressSequentially('5e');
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  await box.getByText('Nieprawidłowy format.').waitFor();
  assert.equal(await box.getByLabel('Limit zgłoszeń').evaluate((input) => input === document.activeElement), true);
  await box.getByLabel('Limit zgłoszeń').fill('50');
  await save();
  const { definition } = await formNamed('Wszystko');
  assert.equal(Date.parse(definition.opens_at), Date.parse('2030-06-01T06:00:00Z'), 'Warsaw in summer');
  assert.equal(Date.parse(definition.closes_at), Date.parse('2030-06-30T18:00:00Z'));
  assert.deepEqual([definition.quota, definition.strict, definition.notify], [50, true, ['biuro@example.com', 'sklep@example.com']]);
  assert.equal(definition.reply.subject, 'Mamy Twoje zgłoszenie');
  assert.deepEqual(definition.endings, [{ field: 'list', answer: 'czerwony', thank_you: 'Czerwone wysyłamy jutro.' }]);
  assert.deepEqual(definition.appearance, { accent: '#f5d000', font: 'serif' });
  assert.deepEqual(definition.fields.find(({ kind }) => kind === 'file').file, { types: ['pdf', 'png', 'jpeg', 'webp'], max_bytes: 2_097_152 });
});

test('the preview is narrow like a phone and dark like a dark page', async () => {
  const sheet = preview().locator('.preview');
  const ground = () => sheet.evaluate((it) => getComputedStyle(it.firstElementChild).backgroundColor);
  assert.equal(await ground(), 'rgb(255, 255, 255)');
  const wide = (await sheet.boundingBox()).width;
  await preview().getByRole('button', { name: 'Telefon' }).click();
  const narrow = (await sheet.boundingBox()).width;
  assert.ok(narrow < wide && narrow <= 360, `${narrow} of ${wide}`);
  await preview().getByRole('button', { name: 'Ciemne tło' }).click();
  assert.notEqual(await ground(), 'rgb(255, 255, 255)');
  assert.deepEqual(await violations(page), []);
  await preview().getByRole('button', { name: 'Komputer' }).click();
  await preview().getByRole('button', { name: 'Jasne tło' }).click();
});

test('a complaint chooses its field and has the focus in its control; nothing is lost', async () => {
  await pick('Radio');
  await properties().getByRole('textbox', { name: 'Opcje' }).fill('');
  await pick('Nagłówek');
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  const alert = page.getByRole('alert').filter({ hasText: '„Radio” · Opcje' });
  await alert.waitFor();
  const options = properties().getByRole('textbox', { name: 'Opcje' });
  await page.waitForFunction(() => document.activeElement?.id === 'field-field-options');
  assert.equal(await options.getAttribute('aria-invalid'), 'true');
  await pick('Nagłówek');
  await alert.getByRole('link').first().click();
  await page.waitForFunction(() => document.activeElement?.id === 'field-field-options');
  await options.fill('tak\nnie');
  await page.locator('details.more-options').evaluate((it) => { it.open = false; });
  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Przekieruj na' }).fill('http://example.com');
  await page.getByText('Więcej opcji', { exact: true }).click();
  await page.getByRole('button', { name: 'Zapisz', exact: true }).click();
  await page.waitForFunction(() => document.activeElement?.id === 'field-endings-0-redirect_url');
  await page.getByRole('textbox', { name: 'Przekieruj na' }).fill('');
  await save();
  assert.equal(await page.locator('details.more-options').evaluate((it) => it.open), true);
});

test('versions: what changed, an old one to read, and back into the draft', async () => {
  await go(page, 'Formularze');
  await page.getByRole('link', { name: 'Mysz' }).click();
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await told(page, 'Formularz opublikowany.');
  await pick('Data');
  await properties().getByRole('button', { name: 'Usuń' }).click();
  await page.getByRole('button', { name: '+Pole Wyboru' }).click();
  await page.getByRole('button', { name: 'Opublikuj' }).click();
  await page.getByText('Opublikowana wersja 2').waitFor();
  await pick('Telefon');
  await properties().getByRole('textbox', { name: 'Etykieta' }).fill('Komórka');
  await page.getByRole('tab', { name: 'Wersje' }).click();
  const table = page.getByRole('table', { name: 'Wersje' });
  await table.getByRole('row', { name: /Wersja 1/ }).getByText('Wycofana').waitFor();
  await table.getByRole('row', { name: /Wersja 2/ }).getByText('Opublikowana').waitFor();
  await page.getByText('Komórka: zmienione').waitFor();
  await assertFits(page, 'the versions');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Zobacz: Wersja 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Wersja 1' });
  await dialog.getByText('Data', { exact: true }).waitFor();
  await shoot('version');
  await dialog.getByRole('button', { name: 'Przywróć do szkicu' }).click();
  await told(page, /Wersja 1 jest teraz w szkicu/);
  assert.deepEqual(await order(), ['Imię i nazwisko', 'Adres e-mail', 'Data', 'Telefon', 'Wiadomość']);
  // Nothing is saved or published by that; and it can be undone.
  assert.equal((await formNamed('Mysz')).definition.fields.some(({ kind }) => kind === 'date'), false);
  await fields().getByRole('button', { name: 'Cofnij', exact: true }).click();
  assert.ok((await order()).includes('Komórka'));
  await fields().getByRole('button', { name: 'Ponów' }).click();
  await save();
  assert.equal((await formNamed('Mysz')).live_version, 2);
});

test('it fits a phone and can be used there, in light and dark, by the accessibility rules', async () => {
  const { id } = await formNamed('Wszystko');
  for (const [width, colorScheme] of [[1440, 'light'], [1440, 'dark'], [1100, 'light'], [390, 'light'], [390, 'dark']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${server.url}/forms/${id}`);
    await pick('Newsletter – e-mail');
    await page.getByText('Więcej opcji', { exact: true }).click();
    await assertFits(page, `${width} ${colorScheme}`);
    assert.deepEqual(await violations(page), [], `${width} ${colorScheme}`);
    await shoot(`${width}-${colorScheme}`);
  }
  // The way round a small screen: after the field comes its panel.
  await fields().getByRole('button', { name: 'Przesuń wyżej: Newsletter – e-mail' }).click();
  assert.ok((await order()).indexOf('Newsletter – e-mail') < KINDS.indexOf('Zgoda'));
});

test('nothing was complained about on the way', () => {
  assert.deepEqual(complaints, []);
});
