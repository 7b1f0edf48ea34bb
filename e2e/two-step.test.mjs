// Two-step login: an authenticator app, recovery codes, a passkey, a proof asked for again, and an invitation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import jsQR from 'jsqr';
import { assertFits, go, section, setUpOwner, told, violations } from './lib/app.mjs';
import { newContext, startBrowser, watch } from './lib/browser.mjs';
import { OWNER, startServer } from './lib/server.mjs';
import { totp } from './lib/totp.mjs';

let server, browser, context, page, complaints;

before(async () => {
  server = await startServer({}, 'localhost');
  browser = await startBrowser();
  context = await newContext(browser);
  complaints = watch(context, [server.url], (text) => /status of (401|403|422)/.test(text));
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A code of a step that was not used yet. */
async function freshCode(secret, used) {
  let code = totp(secret);
  while (used.includes(code)) {
    await page.waitForTimeout(1_000);
    code = totp(secret);
  }
  used.push(code);
  return code;
}

/** The text of a QR code on the page, as it is drawn. */
async function scan(image) {
  const { data, width, height } = await image.evaluate(async (element) => {
    await element.decode();
    const canvas = new OffscreenCanvas(element.width, element.height);
    const pen = canvas.getContext('2d');
    pen.drawImage(element, 0, 0, canvas.width, canvas.height);
    return { data: [...pen.getImageData(0, 0, canvas.width, canvas.height).data], width: canvas.width, height: canvas.height };
  });
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}

let secret, codes;
const used = [];
const panel = () => section(page, 'Logowanie dwuetapowe');

async function signOut() {
  await page.goto(`${server.url}/clients`);
  await page.locator('.user__button').click();
  await page.getByRole('menuitem', { name: 'Wyloguj' }).click();
  await page.getByRole('heading', { name: 'Zaloguj się' }).waitFor();
}

async function password() {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await page.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
  await page.getByText('Hasło się zgadza.').waitFor();
}

/** Answers the question for a proof with a recovery code. */
async function prove(code) {
  const proof = page.getByRole('dialog', { name: 'Potwierdź, że to Ty' });
  await proof.getByRole('combobox', { name: 'Sposób potwierdzenia' }).selectOption({ label: 'Kod zapasowy' });
  await proof.getByRole('textbox', { name: 'Kod' }).fill(code);
  await proof.getByRole('button', { name: 'Potwierdź' }).click();
  await proof.waitFor({ state: 'detached' });
}

const isIn = () => page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();

test('an authenticator app is set up', async () => {
  await setUpOwner(page, server);
  await go(page, 'Ustawienia');
  await panel().getByRole('button', { name: 'Aplikacja z kodami' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Dalej' }).click();
  await dialog.getByRole('img', { name: 'Kod QR z sekretem' }).waitFor();
  secret = (await dialog.locator('code').textContent()).trim();
  // What an app's camera reads is what is typed by those who have none.
  const account = encodeURIComponent(OWNER.email);
  assert.equal(await scan(dialog.getByRole('img')), `otpauth://totp/Zgoda:${account}?secret=${secret}&issuer=Zgoda&algorithm=SHA1&digits=6&period=30`);
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('textbox', { name: 'Kod' }).fill('000000');
  await dialog.getByRole('button', { name: 'Dalej' }).click();
  await dialog.getByText('Kod jest nieprawidłowy.').waitFor();
  await dialog.getByRole('textbox', { name: 'Kod' }).fill(await freshCode(secret, used));
  await dialog.getByRole('button', { name: 'Dalej' }).click();
  await told(page, 'Dodano. Od teraz logowanie będzie o to pytać.');
  await panel().getByRole('button', { name: 'Utwórz nowe kody zapasowe' }).click();
  codes = (await page.getByRole('dialog').locator('code').textContent()).trim().split('\n');
  assert.equal(codes.length, 10);
  await page.getByRole('dialog').getByRole('button', { name: 'Zamknij' }).first().click();
  await panel().getByText('Pozostało kodów zapasowych: 10').waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'settings with factors');
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('signing in asks for its code', async () => {
  await signOut();
  await password();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('textbox', { name: 'Kod' }).fill(used[0]);
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await page.getByText('Kod jest nieprawidłowy.').waitFor();
  await page.getByRole('textbox', { name: 'Kod' }).fill(await freshCode(secret, used));
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await isIn();
});

test('a recovery code works once, and a remembered device is not asked', async () => {
  await signOut();
  await password();
  await page.getByRole('combobox', { name: 'Sposób potwierdzenia' }).selectOption({ label: 'Kod zapasowy' });
  await page.getByRole('textbox', { name: 'Kod' }).fill(codes[0].toLowerCase());
  await page.getByRole('checkbox', { name: 'Nie pytaj na tym urządzeniu przez 30 dni' }).check();
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await isIn();
  await signOut();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await page.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
  await isIn();
  await go(page, 'Ustawienia');
  await panel().getByText('Pozostało kodów zapasowych: 9').waitFor();
  await panel().getByRole('button', { name: 'Zapomnij' }).click();
  await panel().getByRole('button', { name: 'Zapomnij' }).waitFor({ state: 'detached' });
});

test('a passkey is a second factor, and signs in alone', async () => {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await panel().getByRole('button', { name: 'Klucz dostępu' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Nazwa' }).fill('Laptop');
  const next = page.getByRole('dialog', { name: 'Klucz dostępu' }).getByRole('button', { name: 'Dalej' });
  await next.click();
  // Signed in from a remembered device: that proves nothing.
  await prove(codes[2]);
  await told(page, 'Dodano. Od teraz logowanie będzie o to pytać.');
  await panel().getByText('Klucz dostępu · Laptop').waitFor();
  await signOut();
  await password();
  await page.getByText('Przeglądarka poprosi o odcisk palca').waitFor();
  await page.getByRole('button', { name: 'Potwierdź' }).click();
  await isIn();
  await signOut();
  await page.getByRole('button', { name: 'Zaloguj kluczem dostępu' }).click();
  await isIn();
});

test('what cannot be undone asks for a proof, keeps what was typed, and goes on once it is shown', async () => {
  await page.goto(`${server.url}/settings/staff`);
  // Five minutes later, as far as the app can tell.
  let late = 2;
  await page.route('**/api/v1/accounts', (route) => {
    if (route.request().method() !== 'POST' || late === 0) return route.continue();
    late--;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/step-up-needed', title: '', status: 403, code: 'step-up-needed' }),
    });
  });
  await page.getByRole('button', { name: 'Dodaj pracownika' }).click();
  const form = page.getByRole('dialog', { name: 'Dodaj pracownika' });
  await form.getByRole('textbox', { name: 'E-mail' }).fill('nowa@example.com');
  await form.getByRole('textbox', { name: 'Imię i nazwisko' }).fill('Nina Nowa');
  await form.getByRole('button', { name: 'Zapisz' }).click();
  // Whoever does not want to has everything as it was, and is told why nothing was saved.
  await page.getByRole('dialog', { name: 'Potwierdź, że to Ty' }).getByRole('combobox').waitFor();
  await page.keyboard.press('Escape');
  await form.getByText('Potwierdź najpierw, że to Ty.').waitFor();
  assert.equal(await form.getByRole('textbox', { name: 'E-mail' }).inputValue(), 'nowa@example.com');
  await form.getByRole('button', { name: 'Zapisz' }).click();
  await prove(codes[1]);
  await page.getByRole('dialog', { name: 'Zaproszenie' }).waitFor();
});

test('an invitation leads to a first password', async () => {
  // Without mail the link is handed over by the owner.
  const link = (await page.getByRole('dialog', { name: 'Zaproszenie' }).locator('code').textContent()).trim();
  assert.match(link, /\/invite#/);
  const hers = await newContext(browser);
  const other = await hers.newPage();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Witaj w systemie Zgoda' }).waitFor();
  await other.getByLabel('Hasło', { exact: true }).fill('krótkie');
  await other.getByRole('button', { name: 'Zapisz hasło' }).click();
  await other.getByText(/co najmniej 12/).first().waitFor();
  await other.getByLabel('Hasło', { exact: true }).fill('siedem srebrnych łyżek');
  await other.getByRole('button', { name: 'Zapisz hasło' }).click();
  await other.getByText('Możesz się zalogować.').waitFor();
  await other.getByRole('link', { name: 'Zaloguj się' }).click();
  await other.getByRole('textbox', { name: 'E-mail' }).fill('nowa@example.com');
  await other.getByLabel('Hasło', { exact: true }).fill('siedem srebrnych łyżek');
  await other.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
  await other.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
  await hers.close();
});

test('nothing was complained about', () => assert.deepEqual(complaints, []));
