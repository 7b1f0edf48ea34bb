// Steps in the app that several stories take.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { OWNER } from './server.mjs';

/** Opens the printed link, makes the owner, and is in. */
export async function setUpOwner(page, server) {
  await page.goto(server.setupLink);
  await page.getByRole('heading', { name: 'Załóż konto właściciela' }).waitFor();
  await page.getByRole('textbox', { name: 'Imię i nazwisko' }).fill(OWNER.name);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await page.getByLabel('Hasło', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Utwórz konto i wejdź' }).click();
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
}

/** Signs in through the page. */
export async function signIn(page, server, { email, password } = OWNER) {
  await page.goto(`${server.url}/login`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByLabel('Hasło', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Zaloguj się' }).click();
  await page.getByRole('heading', { name: 'Klienci', level: 1 }).waitFor();
}

/** Follows a link of the main menu. */
export async function go(page, label) {
  await page.getByRole('navigation').getByRole('link', { name: label, exact: true }).click();
  await page.getByRole('heading', { name: label, level: 1 }).waitFor();
}

/** Waits for a notice of what was done. */
export async function told(page, text) {
  await page.locator('[role=status]').getByText(text).last().waitFor();
}

/** A section of a page by its heading. */
export function section(page, heading) {
  return page.locator('section').filter({ has: page.getByRole('heading', { name: heading, exact: true }) });
}

/** Waits until nothing on the page moves that comes to an end: halfway from one theme to the other no text can be read. */
async function still(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await frame();
    // What is folded away stands still halfway, and would be waited for without end.
    const seen = ({ effect }) => effect?.target?.checkVisibility() ?? true;
    const moving = document.getAnimations().filter((it) => seen(it) && it.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map((it) => it.finished));
    await frame();
  });
}

/** Serious and critical violations of the accessibility rules, in words, once nothing moves any more. */
export async function violations(page) {
  await still(page);
  await page.evaluate(axe.source);
  // To look at style sheets in a shadow tree (the form editor's preview) axe copies them, which the policy forbids it too.
  const found = await page.evaluate(() => window.axe.run(document, {
    resultTypes: ['violations'],
    preload: document.querySelector('.preview') === null,
  }));
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
}

/** The page is not wider than its window. */
export async function assertFits(page, what) {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  assert.ok(content <= window, `${what}: ${content} px wide in a window of ${window} px`);
}
