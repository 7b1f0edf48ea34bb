// Every main screen, wide and narrow, light and dark: fits, is accessible, complains about nothing, asks nobody else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertFits, signIn, violations } from './lib/app.mjs';
import { Api } from './lib/api.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';
import { totp } from './lib/totp.mjs';

/** Somebody with a second factor. */
const HALINA = { name: 'Halina Hajduk', email: 'halina@firma.example', password: 'fioletowy tramwaj nocą' };

let server, api, browser, state;
const ids = {};

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  const { id: purpose } = await api.post('/purposes', { name: 'Newsletter i informacje handlowe', basis: 'consent', is_marketing: true, channels: ['email', 'sms'] });
  const { id: wording } = await api.post(`/purposes/${purpose}/wordings`, { language: 'pl', text: 'Zgadzam się na otrzymywanie informacji handlowych na podany adres. '.repeat(4).trim() });
  ids.purpose = purpose;
  const { id: contract } = await api.post('/custom-fields', { name: 'Umowa', kind: 'checkbox' });
  await api.post('/custom-fields', { name: 'Bardzo długa nazwa własnego pola, która musi się zmieścić', kind: 'select', options: ['jedna', 'druga'] });
  const form = await api.makeForm('Kontakt', 'contact', (definition) => {
    definition.fields.push(
      { key: 'zgoda', kind: 'radio', label: 'Zgoda', options: ['Zgoda na przetwarzanie danych'] },
      { key: 'news', kind: 'consent', label: 'Newsletter', consent: { purpose_id: purpose, channel: 'email', wording_id: wording } },
    );
  });
  ids.form = form.id;
  ids.page = form.public_id;
  const { form_version } = await api.get(`/public/forms/${form.public_id}`);
  const send = (name, email) => api.post(`/public/forms/${form.public_id}/submissions`, {
    form_version, answers: { name, email, message: 'Dzień dobry, proszę o kontakt.', news: 'true' },
  });
  await send('Żaneta Źdźbło-Łoś', 'zaneta@example.com');
  await send('Żaneta Źdźbło-Łoś', 'zaneta@example.com');
  for (let at = 0; at < 30; at++) {
    await api.post('/clients', {
      details: { kind: at % 3 ? 'person' : 'company', name: `Klient ${at} ${'z długą nazwą '.repeat(at % 4)}`.trim(), email: `klient${at}@bardzo-dluga-domena-firmowa.example`, phone: '+48 601 234 567', city: 'Konstancin-Jeziorna' },
      custom: { [contract]: at % 2 === 0 },
    });
  }
  const clients = await api.clients();
  ids.client = clients.find(({ name }) => name.startsWith('Żaneta')).id;
  ids.submission = (await api.submissions())[0].id;
  const { id: department } = await api.post('/departments', { name: 'Dział sprzedaży i obsługi klientów' });
  ({ id: ids.role } = await api.post('/roles', {
    name: 'Handlowiec bez NIP',
    parent_id: '00000000-0000-7000-8000-000000000003',
    definition: { rights: { view_clients: 'department', edit_clients: 'department' }, fields: { nip: 'hidden', pesel: 'masked' }, needs_reason: true, networks: ['127.0.0.0/8'] },
  }));
  for (const name of ['Ewa Handlowa', 'Jan Bardzo-Długonazwiskowy']) {
    const email = `${name.split(' ')[0].toLowerCase()}@bardzo-dluga-domena-firmowa.example`;
    await api.post('/accounts', { email, name, role_id: ids.role, department_ids: [department] });
  }
  const expires_at = new Date(Date.now() + 30 * 86_400_000).toISOString();
  await api.post('/api-keys', { name: 'Sklep internetowy', definition: { rights: { view_clients: 'all', create_clients: 'all' }, networks: ['127.0.0.0/8'] }, expires_at });
  await server.addOwner(HALINA);
  const halina = await Api.signIn(server, HALINA);
  const factor = await halina.post('/second-factors', { kind: 'totp', label: 'Telefon' });
  await halina.post(`/second-factors/${factor.id}/confirm`, { by: 'code', kind: 'totp', code: totp(factor.secret) });
  await halina.post('/recovery-codes');
  browser = await startBrowser();
  const context = await newContext(browser);
  await signIn(await context.newPage(), server);
  state = await context.storageState();
  await context.close();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

// Address, heading, and what to open there before looking.
const screens = () => [
  ['/clients', 'Klienci'],
  ['/clients', 'Klienci', (page) => page.getByRole('button', { name: 'Warunek', exact: true }).click()],
  ['/clients', 'Klienci', (page) => page.getByRole('button', { name: 'Opcje wyświetlania' }).click()],
  ['/clients', 'Klienci', async (page) => {
    await page.getByRole('button', { name: 'Ustawienia listy' }).click();
    await page.getByRole('menuitem', { name: 'Dodaj własne pole' }).click();
    await page.getByRole('dialog').waitFor();
  }],
  ['/clients/new', 'Dodaj klienta'],
  [`/clients/${ids.client}`, 'Żaneta Źdźbło-Łoś', (page) => page.getByText(/zdarze/).first().click()],
  [`/clients/${ids.client}/edit`, 'Edycja klienta'],
  ['/forms', 'Formularze'],
  [`/forms/${ids.form}`, 'Kontakt', async (page) => {
    await page.getByRole('region', { name: 'Pola', exact: true }).getByRole('button', { name: /^Newsletter/ }).click();
    await page.getByText('Więcej opcji', { exact: true }).click();
  }],
  [`/forms/${ids.form}`, 'Kontakt', async (page) => {
    await page.getByRole('tab', { name: 'Osadzanie' }).click();
    await page.getByText(/embed\/v1\.js/).first().waitFor();
  }],
  ['/submissions', 'Zgłoszenia'],
  [`/submissions/${ids.submission}`, 'Kontakt'],
  ['/privacy/purposes', 'Cele przetwarzania'],
  [`/privacy/purposes/${ids.purpose}`, 'Newsletter i informacje handlowe'],
  ['/privacy/expiring', 'Wygasające zgody'],
  ['/privacy/activity', 'Aktywności systemowe'],
  [`/privacy/activity?client=${ids.client}`, 'Aktywności systemowe', (page) => page.getByText('Tylko klient: Żaneta').waitFor()],
  ['/privacy/activity', 'Aktywności systemowe', async (page) => {
    const changed = page.getByRole('row').filter({ hasText: 'Dodanie roli' }).first();
    await changed.getByRole('button', { name: 'Szczegóły' }).click();
    await page.getByRole('dialog').getByRole('table').waitFor();
  }],
  ['/privacy/activity', 'Aktywności systemowe', async (page) => {
    // Five minutes later, as far as the app can tell.
    await page.route('**/audit-events.csv*', (route) => route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/step-up-needed', title: '', status: 403, code: 'step-up-needed' }),
    }));
    await page.getByRole('button', { name: 'Pobierz CSV' }).click();
    await page.getByRole('dialog', { name: 'Potwierdź, że to Ty' }).getByLabel('Hasło', { exact: true }).waitFor();
  }],
  ['/privacy/ledger', 'Rejestr zgód'],
  ['/settings', 'Ustawienia'],
  ['/settings/fields', 'Dodatkowe pola'],
  ['/settings/staff', 'Pracownicy'],
  ['/settings/staff', 'Pracownicy', async (page) => {
    await page.getByRole('button', { name: 'Dodaj pracownika' }).click();
    await page.getByRole('dialog').waitFor();
  }],
  ['/settings/staff', 'Pracownicy', async (page) => {
    await page.getByRole('button', { name: /^Dezaktywuj/ }).first().click();
    await page.getByRole('dialog').waitFor();
  }],
  ['/settings/staff', 'Pracownicy', (page) => page.getByRole('tab', { name: 'Działy' }).click()],
  ['/settings/roles', 'Role i uprawnienia'],
  ['/settings/roles/new', 'Nowa rola'],
  [`/settings/roles/${ids.role}`, 'Handlowiec bez NIP'],
  ['/settings/roles/00000000-0000-7000-8000-000000000005', 'Inspektor ochrony danych'],
  ['/settings/security', 'Bezpieczeństwo'],
  ['/settings/keys', 'Klucze API'],
  ['/settings/keys', 'Klucze API', async (page) => {
    await page.getByRole('button', { name: 'Nowy klucz' }).click();
    await page.getByRole('dialog').waitFor();
  }],
];

// What is seen before anybody is signed in.
const doors = () => [
  ['/login', 'Zaloguj się'],
  ['/login', 'Zaloguj się', async (page) => {
    await page.getByRole('textbox', { name: 'E-mail' }).fill(HALINA.email);
    await page.getByLabel('Hasło', { exact: true }).fill(HALINA.password);
    await page.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
    await page.getByText('Hasło się zgadza.').waitFor();
  }],
  ['/setup#abc', 'Załóż konto właściciela'],
  ['/reset', 'Ustaw nowe hasło'],
  ['/reset#abc', 'Ustaw nowe hasło'],
  ['/invite#abc', 'Witaj w systemie Zgoda'],
  [`/f/${ids.page}`, 'Kontakt'],
];

/** A picture for whoever wants to look. */
async function shoot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/looks-${name}.png`, fullPage: true });
}

const VARIANTS = [1280, 390].flatMap((width) => ['light', 'dark'].map((colorScheme) => ({ width, colorScheme })));

async function look(page, what, problems) {
  try {
    await assertFits(page, what);
  } catch (error) {
    problems.push(error.message);
  }
  for (const violation of await violations(page)) problems.push(`${what}: ${violation}`);
}

for (const { width, colorScheme } of VARIANTS) {
  describe(`${width} px, ${colorScheme}`, () => {
    const viewport = { width, height: width > 600 ? 800 : 844 };

    test('the pages of the app', async () => {
      const context = await newContext(browser, { viewport, colorScheme, storageState: state, reducedMotion: 'reduce' });
      const problems = [];
      const complaints = watch(context, [server.url], (text) => /status of 403/.test(text));
      const page = await context.newPage();
      for (const [at, [path, heading, open]] of screens().entries()) {
        const what = `${path} (${at})`;
        try {
          const answer = await page.goto(server.url + path);
          if (!answer.ok()) {
            problems.push(`${what}: answered ${answer.status()}`);
            continue;
          }
          await page.getByRole('heading', { name: heading, level: 1 }).first().waitFor();
          await page.waitForLoadState('networkidle');
          await open?.(page);
          await look(page, what, problems);
          await shoot(page, `${at}-${width}-${colorScheme}`);
        } catch (error) {
          problems.push(`${what}: ${error.message.split('\n')[0]}`);
        }
      }
      assert.deepEqual([...problems, ...complaints], []);
      await context.close();
    });

    test('the pages before signing in, and the hosted form', async () => {
      const context = await newContext(browser, { viewport, colorScheme, reducedMotion: 'reduce' });
      const problems = [];
      const complaints = watch(context, [server.url], (text) => /status of (401|404)/.test(text));
      const page = await context.newPage();
      for (const [at, [path, heading, open]] of doors().entries()) {
        await page.goto(server.url + path);
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
        await open?.(page);
        await look(page, `${path} (${at})`, problems);
        await shoot(page, `door-${at}-${width}-${colorScheme}`);
      }
      assert.deepEqual([...problems, ...complaints], []);
      await context.close();
    });
  });
}

test('with the keyboard alone: signing in, and the search', async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${server.url}/login`);
  await page.locator('input[type=email]:focus').waitFor();
  await page.keyboard.type(OWNER.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(OWNER.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  const search = page.getByRole('combobox', { name: 'Szybkie wyszukiwanie' });
  await search.waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('Żaneta');
  assert.equal(await search.inputValue(), 'Żaneta');
  await page.getByRole('option', { name: /Żaneta Źdźbło-Łoś/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Żaneta Źdźbło-Łoś', level: 1 }).waitFor();
  await context.close();
});

test('in English no Polish is left on the pages of the office', async () => {
  // Of its own: what people type stays as they typed it.
  const own = await startServer();
  const context = await newContext(browser, { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  try {
    const owner = await Api.setUp(own);
    const page = await context.newPage();
    await signIn(page, own);
    await owner.must('PUT', '/api/v1/preferences', { language: 'en' });
    const [{ id, role_id }] = await owner.get('/accounts');
    await owner.must('PUT', `/api/v1/accounts/${id}`, { name: 'Lucy Owner', role_id, department_ids: [] });
    const dialog = (name) => async () => {
      await page.getByRole('button', { name, exact: true }).first().click();
      await page.getByRole('dialog').waitFor();
    };
    const pages = [
      ['/settings', 'Settings'],
      ['/settings', 'Settings', dialog('Authenticator app')],
      ['/settings/fields', 'Additional fields'],
      ['/settings/staff', 'Staff'],
      ['/settings/staff', 'Staff', dialog('Add a member of staff')],
      ['/settings/staff', 'Staff', () => page.getByRole('tab', { name: 'Departments' }).click()],
      ['/settings/roles', 'Roles and rights'],
      ['/settings/roles/new', 'New role'],
      ['/settings/roles/00000000-0000-7000-8000-000000000005', 'Data protection officer'],
      ['/settings/security', 'Security'],
      ['/settings/keys', 'API keys'],
      ['/settings/keys', 'API keys', dialog('New key')],
      ['/privacy/purposes', 'Purposes'],
      ['/privacy/expiring', 'Expiring consents'],
      ['/privacy/activity', 'System activities'],
      ['/privacy/activity', 'System activities', dialog('Details')],
      ['/privacy/ledger', 'Consent ledger'],
    ];
    const found = [];
    for (const [at, [path, heading, open]] of pages.entries()) {
      await page.goto(own.url + path);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await open?.();
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
      const texts = await page.evaluate(() => {
        const said = [...document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')]
          .flatMap((element) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => element.getAttribute(name)));
        const options = [...document.querySelectorAll('option')].map((option) => option.textContent);
        return [document.title, ...document.body.innerText.split('\n'), ...said, ...options].filter(Boolean);
      });
      assert.ok(texts.length > 20, path);
      for (const text of texts) {
        // The log keeps the name as it was typed.
        if (/[ąćęłńóśźż]/i.test(text.replaceAll(OWNER.name, ''))) found.push(`${path} (${at}): ${text}`);
      }
      await shoot(page, `english-${at}`);
    }
    assert.deepEqual(found, []);
  } finally {
    await context.close();
    await own.stop();
  }
});

test('the chosen colours win over the system', async () => {
  const context = await newContext(browser, { colorScheme: 'light', storageState: state });
  const page = await context.newPage();
  await page.goto(`${server.url}/clients`);
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  const light = await ink();
  await page.getByRole('button', { name: /^Konto/ }).click();
  await page.getByRole('menuitem', { name: 'Ciemny' }).click();
  assert.notEqual(await ink(), light);
  await page.getByRole('button', { name: /^Konto/ }).click();
  await page.getByRole('menuitem', { name: 'Jak w systemie' }).click();
  assert.equal(await ink(), light);
  await context.close();
});
