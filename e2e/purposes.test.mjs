// Purposes as a data protection officer looks after them: a tree, a text for each channel, versions side by side, an end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, go, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { startMailServer } from './lib/mail-server.mjs';
import { startServer } from './lib/server.mjs';

const COMPANY = 'Źródło sp. z o.o.';

let mail, server, api, browser, context, page, complaints;

before(async () => {
  // Forms that ask for double opt-in are published only where mail can be sent.
  mail = await startMailServer();
  server = await startServer({ ZGODA_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`, ZGODA_MAIL_FROM: 'Zgoda <crm@example.com>' });
  api = await Api.setUp(server);
  await api.post('/purposes', { name: 'Marketing', basis: 'consent', is_marketing: true, channels: ['email'] });
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|412|422)/.test(text));
  page = await context.newPage();
  await signIn(page, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

const dialog = () => page.getByRole('dialog');

/** Nothing sticks out, and nobody is kept out. */
async function sound(what) {
  await assertFits(page, what);
  assert.deepEqual(await violations(page), [], what);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/purposes-${what}.png`, fullPage: true });
}

test('a marketing purpose with several channels offers a text for each', async () => {
  await go(page, 'Cele przetwarzania');
  await page.getByRole('button', { name: 'Nowy cel' }).click();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter');
  await dialog().getByRole('checkbox', { name: 'Cel marketingowy' }).check();
  for (const channel of ['e-mail', 'SMS', 'telefon']) await dialog().getByRole('checkbox', { name: channel }).check();
  await dialog().getByText('osobna dla każdego kanału').last().waitFor();
  await dialog().getByRole('combobox', { name: 'Cel nadrzędny' }).selectOption({ label: 'Marketing' });
  await sound('new');
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano cel.');
  const drafts = page.getByRole('dialog', { name: 'Treści dla kanałów: Newsletter' });
  assert.match(await drafts.getByRole('textbox', { name: 'SMS' }).inputValue(), /nadawca: \[NAZWA FIRMY\].*„Newsletter” w wiadomościach SMS/);
  await sound('drafts');
  // Nothing is added that nobody has read, nor with a gap in it.
  await drafts.getByRole('button', { name: 'Dodaj zaznaczone' }).click();
  await drafts.getByText('Zaznacz przynajmniej jedną przeczytaną treść.').waitFor();
  for (const channel of ['e-mail', 'SMS']) await drafts.getByRole('checkbox', { name: `Przeczytane, dodaj: ${channel}` }).check();
  await drafts.getByRole('button', { name: 'Dodaj zaznaczone' }).click();
  await drafts.getByText('Wpisz nazwę firmy w miejsce nawiasu.').first().waitFor();
  assert.deepEqual((await api.get('/purposes')).flatMap(({ wordings }) => wordings), []);
  await drafts.getByRole('textbox', { name: 'Nazwa firmy' }).fill(COMPANY);
  const email = drafts.getByRole('textbox', { name: 'e-mail', exact: true });
  await email.fill(`${await email.inputValue()} Wysyłamy najwyżej raz w tygodniu.`);
  await drafts.getByRole('button', { name: 'Dodaj zaznaczone' }).click();
  await told(page, 'Dodano treści klauzul.');
  await page.getByRole('heading', { name: 'Newsletter', level: 1 }).waitFor();
  const kept = (await api.get('/purposes')).find(({ name }) => name === 'Newsletter').wordings;
  assert.deepEqual(kept.map(({ channel, language }) => `${channel} ${language}`).sort(), ['email pl', 'sms pl']);
  assert.ok(kept.every(({ text }) => text.includes(COMPANY)));
  // The call has none yet, and the page says so.
  await page.getByText('Bez osobnej treści: telefon.').waitFor();
});

test('the next version stands beside the one before', async () => {
  await page.getByRole('button', { name: 'Nowa treść' }).click();
  assert.equal(await dialog().getByRole('combobox', { name: 'Kanał' }).inputValue(), 'email');
  await dialog().getByRole('combobox', { name: 'Kanał' }).selectOption({ label: 'każdy kanał' });
  await dialog().getByText('łączy zgody, które prawo każe rozdzielić').waitFor();
  await dialog().getByRole('combobox', { name: 'Kanał' }).selectOption({ label: 'e-mail' });
  await dialog().getByRole('button', { name: 'Zacznij od najnowszej treści' }).click();
  const text = dialog().getByRole('textbox', { name: 'Treść klauzuli' });
  await text.fill((await text.inputValue()).replace('raz w tygodniu', 'dwa razy w miesiącu'));
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Dodano treść klauzuli.');
  const texts = page.getByRole('region', { name: 'Polski · e-mail' });
  // The newest stands first.
  await texts.locator('figure').first().getByText('dwa razy w miesiącu').waitFor();
  await sound('page');
  await texts.getByRole('button', { name: /^Porównaj z poprzednią/ }).click();
  const compared = page.getByRole('dialog', { name: 'Porównanie treści' });
  await compared.getByText('Przekreślone: usunięto. Podkreślone: dodano.').waitFor();
  const pieces = async (tag) => (await compared.locator(tag).allInnerTexts()).join(' ');
  assert.match(await pieces('del'), /raz w tygodniu|tygodniu/);
  assert.match(await pieces('ins'), /dwa|miesiącu/);
  // Two columns where there is room, one below the other on a phone.
  const tops = async () => {
    const boxes = await compared.locator('.wording').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    return boxes[1] - boxes[0];
  };
  assert.equal(await tops(), 0);
  await sound('compare');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.ok(await tops() > 0);
  await sound('compare-phone');
  await page.keyboard.press('Escape');
  await sound('page-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('what people were asked under stays, the rest changes', async () => {
  await page.getByRole('button', { name: 'Edytuj' }).click();
  assert.equal(await dialog().getByRole('combobox', { name: 'Podstawa prawna' }).count(), 0);
  await dialog().getByText('Inna podstawa to nowy cel.').first().waitFor();
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter i oferty');
  await dialog().getByRole('spinbutton', { name: 'Ważność w dniach' }).fill('730');
  await dialog().getByRole('checkbox', { name: 'poczta', exact: true }).check();
  await sound('edit');
  // Somebody else was quicker.
  const { id, version } = (await api.get('/purposes')).find(({ name }) => name === 'Newsletter');
  const parent_id = (await api.get('/purposes')).find(({ name }) => name === 'Marketing').id;
  const body = { name: 'Newsletter', basis: 'consent', is_marketing: true, channels: ['email', 'sms', 'phone'], double_opt_in: true, parent_id };
  await api.must('PUT', `/api/v1/purposes/${id}`, body, { 'if-match': `"${version}"` });
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await dialog().getByText('Ktoś zmienił ten cel w międzyczasie').waitFor();
  await dialog().getByRole('button', { name: 'Wczytaj nowszą wersję' }).click();
  await dialog().getByText('Ktoś zmienił ten cel w międzyczasie').waitFor({ state: 'hidden' });
  assert.equal(await dialog().getByRole('checkbox', { name: /double opt-in/ }).isChecked(), true);
  await dialog().getByRole('textbox', { name: 'Nazwa' }).fill('Newsletter i oferty');
  await dialog().getByRole('button', { name: 'Zapisz' }).click();
  await told(page, 'Zapisano.');
  await page.getByRole('heading', { name: 'Newsletter i oferty', level: 1 }).waitFor();
  const columns = (await api.get('/custom-fields')).map(({ name }) => name);
  assert.ok(columns.includes('Newsletter i oferty (sms)'), columns.join());
});

test('a purpose ends, and whoever still asks for it is named', async () => {
  const purpose = (await api.get('/purposes')).find(({ name }) => name === 'Newsletter i oferty');
  const wording = purpose.wordings.find(({ channel }) => channel === 'email');
  await api.makeForm('Zapis na stronie', 'newsletter', (definition) => {
    definition.fields.push({ key: 'news', kind: 'consent', label: 'E-mail', consent: { purpose_id: purpose.id, channel: 'email', wording_id: wording.id } });
  });
  const { id: ewa } = await api.post('/clients', { details: { kind: 'person', name: 'Ewa Żak', email: 'ewa@example.com' }, custom: {} });
  await api.post(`/clients/${ewa}/consents`, {
    purpose_id: purpose.id, channel: 'email', decision: 'given', method: 'phone', given_on: new Date().toISOString(), wording_id: wording.id, note: 'Zadzwoniła i poprosiła o newsletter',
  });
  await page.reload();
  await page.getByRole('region', { name: 'Polski · e-mail' }).getByText('1 ważna zgoda').waitFor();
  await page.getByRole('button', { name: 'Zakończ' }).click();
  await dialog().getByText('1 opublikowany formularz wciąż o to pyta: „Zapis na stronie”.').waitFor();
  await sound('retire');
  await dialog().getByRole('button', { name: 'Zakończ' }).click();
  await told(page, 'Zakończono cel.');
  await page.getByRole('note').getByRole('link', { name: 'Zapis na stronie' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Nowa treść' }).count(), 0);
  await sound('retired');
  await page.getByRole('link', { name: 'Cele przetwarzania' }).first().click();
  await page.getByText('1 cel zakończony').click();
  await sound('list');
  await page.getByRole('link', { name: 'Newsletter i oferty' }).click();
  await page.getByRole('button', { name: 'Przywróć' }).click();
  await told(page, 'Przywrócono cel.');
  await page.getByRole('button', { name: 'Nowa treść' }).waitFor();
});

test('suggestions name the organisation, once it is known', async () => {
  const organisation = { name: COMPANY, address: 'ul. Przykładowa 1', country: 'PL', email: 'dane@example.com', privacy_notice: 'https://example.com/prywatnosc' };
  await api.must('PUT', '/api/v1/organisation', organisation, { 'if-match': '"0"' });
  await page.getByRole('button', { name: 'Zaproponuj treści' }).click();
  const text = dialog().getByRole('textbox', { name: 'telefon' });
  await page.waitForFunction((field) => field.value.includes('(dzwoni: Źródło sp. z o.o.)'), await text.elementHandle());
  assert.equal(await dialog().getByRole('textbox', { name: 'Nazwa firmy' }).inputValue(), COMPANY);
  // Another language, another text; what has a text of its own already is not suggested anew.
  await dialog().getByRole('combobox', { name: 'Język' }).selectOption({ label: 'English (angielski)' });
  assert.match(await dialog().getByRole('textbox', { name: 'telefon' }).inputValue(), /^I agree to marketing calls \(caller: Źródło/);
  assert.equal(await dialog().getByRole('textbox', { name: 'SMS' }).count(), 0);
  await page.keyboard.press('Escape');
});

test('nothing complained', () => {
  assert.deepEqual(complaints, []);
});
