// The lock over the page: by hand, for want of use, in several tabs; and everything under it stays as it was.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from './lib/api.mjs';
import { assertFits, section, signIn, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';
import { totp } from './lib/totp.mjs';

let server, api, browser, client;

before(async () => {
  server = await startServer();
  api = await Api.setUp(server);
  client = (await api.post('/clients', { details: { kind: 'person', name: 'Tajna Teresa', email: 'tajna@example.com', city: 'Kielce' } })).id;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const password = 'fioletowy tramwaj nocą';
let people = 0;

/** Another owner: attempts to sign in are counted by account, and unlocking is one. */
async function someone() {
  people += 1;
  const person = { name: `Łucja ${people} Właścicielka`, email: `lucja${people}@firma.example`, password };
  await server.addOwner(person);
  return person;
}

const lock = (page) => page.getByRole('dialog', { name: 'Sesja zablokowana' });
const note = (page) => page.getByRole('textbox', { name: 'Notatka' });

async function idleMinutes(minutes) {
  const answer = await api.call('GET', '/api/v1/security-settings');
  const settings = await answer.json();
  await api.must('PUT', '/api/v1/security-settings', { ...settings, idle_minutes: minutes }, { 'if-match': answer.headers.get('etag') });
}

async function unlock(page, typed = password) {
  await lock(page).getByLabel('Hasło', { exact: true }).fill(typed);
  await page.keyboard.press('Enter');
}

async function lockByHand(page) {
  await page.getByRole('button', { name: /^Konto/ }).click();
  await page.getByRole('menuitem', { name: 'Zablokuj teraz' }).click();
  await lock(page).waitFor();
}

/** A page with something typed on it that is not saved. */
async function halfTyped(context) {
  const page = await context.newPage();
  await signIn(page, server, await someone());
  await page.goto(`${server.url}/clients/${client}/edit`);
  await note(page).fill('Zadzwonić w sprawie umowy');
  return page;
}

/** What is on the page is there, but cannot be read, reached or used. */
async function assertCovered(page) {
  const state = await page.evaluate(() => {
    const covered = document.querySelector('.covered');
    return {
      inert: covered.inert,
      hidden: covered.getAttribute('aria-hidden'),
      filter: getComputedStyle(covered).filter,
      focus: document.activeElement?.id,
      overlay: document.querySelector('dialog.lock').textContent,
    };
  });
  assert.deepEqual([state.inert, state.hidden, state.focus], [true, 'true', 'field-lock']);
  assert.match(state.filter, /^blur\(1[5-9]px\)$/);
  assert.ok(!/Teresa|tajna@|Zadzwonić/.test(state.overlay), state.overlay);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('.covered')), null);
}

test('a half-typed form survives the lock, and a wrong password does not open it', async () => {
  const context = await newContext(browser);
  const complaints = watch(context, [server.url], (text) => /status of (401|423)/.test(text));
  const page = await halfTyped(context);
  await page.keyboard.press('Control+Shift+L');
  await lock(page).waitFor();
  await assertCovered(page);
  assert.match(await lock(page).textContent(), /Łucja \d Właścicielka/);
  // The server has locked as well: it answers nothing to whoever opens the tools of the browser.
  const status = () => page.evaluate((id) => fetch(`/api/v1/clients/${id}`).then((answer) => answer.status), client);
  assert.equal(await status(), 423);

  // Nobody gets around it with Escape, however often.
  for (let times = 0; times < 4; times++) await page.keyboard.press('Escape');
  await lock(page).waitFor();
  await unlock(page, 'nie to hasło wcale');
  await lock(page).getByText('Błędne hasło.').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field-lock');
  assert.equal(await status(), 423);

  await unlock(page);
  await lock(page).waitFor({ state: 'detached' });
  assert.equal(await note(page).inputValue(), 'Zadzwonić w sprawie umowy');
  // Back where the hand was.
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field-details-note');
  await page.keyboard.type('!');
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByText('Zadzwonić w sprawie umowy!').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('saving into a locked session keeps the form, and what could not be read is read after unlocking', async () => {
  const context = await newContext(browser);
  const page = await halfTyped(context);
  // Locked elsewhere: this page does not know yet.
  await page.evaluate(() => fetch('/api/v1/session/lock', { method: 'POST' }));
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await lock(page).waitFor();
  await unlock(page);
  await lock(page).waitFor({ state: 'detached' });
  assert.equal(await note(page).inputValue(), 'Zadzwonić w sprawie umowy');
  await page.getByRole('alert').getByText('Sesja była zablokowana').waitFor();
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();

  await page.evaluate(() => fetch('/api/v1/session/lock', { method: 'POST' }));
  await page.getByRole('navigation').getByRole('link', { name: 'Klienci', exact: true }).click();
  await lock(page).waitFor();
  await unlock(page);
  await page.getByRole('link', { name: 'Tajna Teresa' }).waitFor();

  // In the other bundle as well.
  await page.goto(`${server.url}/settings`);
  await page.getByRole('heading', { name: 'Ustawienia', level: 1 }).waitFor();
  await lockByHand(page);
  await assertCovered(page);
  await unlock(page);
  await lock(page).waitFor({ state: 'detached' });
  await context.close();
});

test('an open dialog is covered too, and is there again afterwards', async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page, server, await someone());
  await page.getByRole('button', { name: 'Ustawienia listy' }).click();
  await page.getByRole('menuitem', { name: 'Dodaj własne pole' }).click();
  const dialog = page.getByRole('dialog', { name: 'Dodaj własne pole' });
  await dialog.getByRole('textbox', { name: 'Nazwa' }).fill('Ulubiony kolor');
  await page.keyboard.press('Control+Shift+L');
  await lock(page).waitFor();
  await assertCovered(page);
  assert.equal(await page.locator('#field-name').isVisible(), false);
  await unlock(page);
  await lock(page).waitFor({ state: 'detached' });
  assert.equal(await dialog.getByRole('textbox', { name: 'Nazwa' }).inputValue(), 'Ulubiony kolor');
  await page.keyboard.type('!');
  assert.equal(await dialog.getByRole('textbox', { name: 'Nazwa' }).inputValue(), 'Ulubiony kolor!');
  await context.close();
});

test('tabs lock and unlock together', async () => {
  const context = await newContext(browser);
  const first = await halfTyped(context);
  const second = await context.newPage();
  await second.goto(`${server.url}/settings`);
  await second.getByRole('heading', { name: 'Ustawienia', level: 1 }).waitFor();
  await lockByHand(second);
  await lock(first).waitFor();
  await first.bringToFront();
  await assertCovered(first);
  await unlock(first);
  for (const page of [first, second]) await lock(page).waitFor({ state: 'detached' });
  assert.equal(await note(first).inputValue(), 'Zadzwonić w sprawie umowy');
  // And sign out together.
  await note(first).fill('');
  await lockByHand(second);
  first.once('dialog', (question) => question.accept());
  await lock(first).getByRole('button', { name: 'Wyloguj się' }).click();
  for (const page of [first, second]) await page.getByRole('heading', { name: 'Zaloguj się', level: 1 }).waitFor();
  await context.close();
});

test('a locked session that is loaded anew shows the lock and nothing else', async () => {
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page, server, await someone());
  await page.goto(`${server.url}/clients/${client}`);
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();
  await lockByHand(page);
  await page.reload();
  await lock(page).waitFor();
  await assertCovered(page);
  assert.ok(!/Teresa|Łucja|Zaloguj/.test(await page.locator('body').textContent()));
  await unlock(page);
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();

  await lockByHand(page);
  await page.reload();
  await lock(page).getByRole('button', { name: 'Wyloguj się' }).click();
  await page.getByRole('heading', { name: 'Zaloguj się', level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => fetch('/api/v1/session').then((answer) => answer.status)), 401);
  await context.close();
});

test('the page of one person is not uncovered for another', async () => {
  const other = { name: 'Obcy Olgierd', email: 'olgierd@firma.example', password };
  await server.addOwner(other);
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page, server, await someone());
  await page.goto(`${server.url}/clients/${client}`);
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();
  await lockByHand(page);
  // Somebody else signs in in the same browser; the cookies are theirs now.
  await page.evaluate((body) => fetch('/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }), { email: other.email, password: other.password });
  const loaded = page.waitForEvent('load');
  await unlock(page, 'cokolwiek, i tak nie pasuje');
  await loaded;
  await page.getByRole('button', { name: /Obcy Olgierd/ }).waitFor();
  await context.close();
});

test('a session that ended under the lock goes on with the same password', async () => {
  const context = await newContext(browser);
  const page = await halfTyped(context);
  await page.keyboard.press('Control+Shift+L');
  await lock(page).waitFor();
  assert.equal(await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }).then((answer) => answer.status)), 204);
  await unlock(page, 'nie to hasło wcale');
  await lock(page).getByText('Błędne hasło.').first().waitFor();
  await unlock(page);
  await lock(page).waitFor({ state: 'detached' });
  assert.equal(await note(page).inputValue(), 'Zadzwonić w sprawie umowy');
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();
  await context.close();
});

test('whoever has a second factor gets back to a half-typed form after the session ended', async () => {
  const context = await newContext(browser);
  const complaints = watch(context, [server.url], (text) => /status of (401|403|423)/.test(text));
  const page = await context.newPage();
  const person = await someone();
  await signIn(page, server, person);
  // In this browser: with the first factor the account's other sessions end.
  const post = (path, body) =>
    page.evaluate(
      ([path, body]) =>
        fetch(`/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then((answer) => answer.text()),
      [path, JSON.stringify(body)],
    );
  const { id, secret } = JSON.parse(await post('/second-factors', { kind: 'totp', label: 'Telefon' }));
  await post(`/second-factors/${id}/confirm`, { by: 'code', kind: 'totp', code: totp(secret) });
  const { codes } = JSON.parse(await post('/recovery-codes'));
  await page.goto(`${server.url}/clients/${client}/edit`);
  await note(page).fill('Oddzwonić po dwunastej');
  await page.keyboard.press('Control+Shift+L');
  await lock(page).waitFor();
  assert.equal(await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }).then((answer) => answer.status)), 204);
  await unlock(page);
  await lock(page).getByText('Hasło się zgadza.').waitFor();
  assert.deepEqual(await violations(page), []);
  // The page stays covered, and there is a way back to the password.
  assert.equal(await page.locator('.covered').evaluate((covered) => covered.inert), true);
  await lock(page).getByRole('button', { name: 'Wróć do hasła' }).click();
  await unlock(page);
  const way = lock(page).getByRole('combobox', { name: 'Sposób potwierdzenia' });
  await way.selectOption({ label: 'Kod zapasowy' });
  await lock(page).getByRole('textbox', { name: 'Kod' }).fill('AAAAA-AAAAA-AAAAA-AAAAA-AAAAA');
  await lock(page).getByRole('button', { name: 'Potwierdź' }).click();
  await lock(page).getByText('Kod jest nieprawidłowy.').waitFor();
  assert.equal(await page.evaluate(() => fetch('/api/v1/session').then((answer) => answer.status)), 401);
  await lock(page).getByRole('textbox', { name: 'Kod' }).fill(codes[0]);
  await lock(page).getByRole('button', { name: 'Potwierdź' }).click();
  await lock(page).waitFor({ state: 'detached' });
  assert.equal(await note(page).inputValue(), 'Oddzwonić po dwunastej');
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByText('Oddzwonić po dwunastej').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a passkey unlocks, for those who have one, and the half-typed form is still there', async () => {
  // Browsers know passkeys only where the host has a name.
  const named = await startServer({}, 'localhost');
  const context = await newContext(browser);
  try {
    const owner = await Api.setUp(named);
    const { id } = await owner.post('/clients', { details: { kind: 'person', name: 'Tajna Teresa' } });
    const complaints = watch(context, [named.url], (text) => /status of (401|423)/.test(text));
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await signIn(page, named);
    const button = lock(page).getByRole('button', { name: 'Odblokuj kluczem dostępu' });
    // Nobody is offered what they do not have.
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/session/unlock') && answer.request().method() === 'GET');
    await lockByHand(page);
    assert.deepEqual(await (await asked).json(), { passkey: false });
    assert.equal(await button.count(), 0);
    await unlock(page, OWNER.password);
    await lock(page).waitFor({ state: 'detached' });

    await page.goto(`${named.url}/settings`);
    await section(page, 'Logowanie dwuetapowe').getByRole('button', { name: 'Klucz dostępu' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Nazwa' }).fill('Laptop');
    await page.getByRole('dialog').getByRole('button', { name: 'Dalej' }).click();
    await told(page, 'Dodano. Od teraz logowanie będzie o to pytać.');

    await page.goto(`${named.url}/clients/${id}/edit`);
    await note(page).fill('Zadzwonić w sprawie umowy');
    await page.keyboard.press('Control+Shift+L');
    await button.waitFor();
    await assertFits(page, 'lock with a passkey');
    assert.deepEqual(await violations(page), []);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/lock-passkey.png` });
    // The device does not recognise whoever sits there.
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await button.click();
    await lock(page).getByText('Przeglądarka nie podała klucza dostępu.').first().waitFor();
    assert.equal(await page.evaluate((client) => fetch(`/api/v1/clients/${client}`).then((answer) => answer.status), id), 423);
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await button.click();
    await lock(page).waitFor({ state: 'detached' });
    assert.equal(await note(page).inputValue(), 'Zadzwonić w sprawie umowy');

    // Also when the session has ended meanwhile.
    await page.keyboard.press('Control+Shift+L');
    await button.waitFor();
    assert.equal(await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }).then((answer) => answer.status)), 204);
    await button.click();
    await lock(page).waitFor({ state: 'detached' });
    assert.equal(await note(page).inputValue(), 'Zadzwonić w sprawie umowy');
    await page.getByRole('button', { name: 'Zapisz' }).click();
    await page.getByText('Zadzwonić w sprawie umowy').waitFor();
    const { items } = await page.evaluate(() => fetch('/api/v1/audit-events?action=session_unlocked').then((answer) => answer.json()));
    assert.deepEqual(items.map(({ fields }) => fields), [['passkey'], []]);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    await named.stop();
  }
});

test('on a phone, in the dark: fits and is accessible, in both languages', async () => {
  for (const [width, colorScheme, language] of [[390, 'dark', 'en'], [1280, 'light', 'pl']]) {
    const context = await newContext(browser, { viewport: { width, height: 844 }, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await signIn(page, server, await someone());
    await page.evaluate((body) => fetch('/api/v1/preferences', { method: 'PUT', headers: { 'content-type': 'application/json' }, body }), JSON.stringify({ language }));
    await page.goto(`${server.url}/clients/${client}`);
    await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();
    await page.keyboard.press('Control+Shift+L');
    const dialog = page.getByRole('dialog', { name: language === 'en' ? 'Session locked' : 'Sesja zablokowana' });
    for (const at of [dialog, lock(page)]) {
      await at.waitFor();
      await assertFits(page, `${width} ${colorScheme}`);
      assert.deepEqual(await violations(page), [], `${width} ${colorScheme}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/lock-${width}-${at === dialog ? 'now' : 'anew'}.png` });
      // Loaded anew, nobody knows whose session it is, nor which language they chose.
      await page.reload();
    }
    await context.close();
  }
});

// Last: everything before would be locked as well.
test('typing keeps the session open in every tab; nobody there locks it', { timeout: 300_000 }, async () => {
  await idleMinutes(1);
  const context = await newContext(browser);
  const page = await halfTyped(context);
  const other = await context.newPage();
  await other.goto(`${server.url}/privacy/activity`);
  await other.getByRole('heading', { name: 'Aktywności systemowe', level: 1 }).waitFor();
  await page.bringToFront();
  await note(page).focus();
  let reports = 0;
  page.on('request', (request) => { if (request.url().endsWith('/session/activity')) reports += 1; });
  const until = Date.now() + 80_000;
  while (Date.now() < until) {
    await page.keyboard.type('a');
    await page.waitForTimeout(1_000);
  }
  for (const tab of [page, other]) assert.equal(await lock(tab).count(), 0);
  assert.ok(reports >= 2 && reports <= 6, `${reports} reports`);
  const typed = await note(page).inputValue();
  // Now nobody is there.
  for (const tab of [page, other]) await lock(tab).waitFor({ timeout: 75_000 });
  await page.bringToFront();
  await assertCovered(page);
  await unlock(page);
  for (const tab of [page, other]) await lock(tab).waitFor({ state: 'detached' });
  assert.equal(await note(page).inputValue(), typed);
  await page.getByRole('button', { name: 'Zapisz' }).click();
  await page.getByRole('heading', { name: 'Tajna Teresa', level: 1 }).waitFor();
  await context.close();
});
