// The examples of docs/embedding.md, run as they stand there, with this server's address in the place of the example's.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Api } from './lib/api.mjs';
import { startServer } from './lib/server.mjs';

const run = promisify(execFile);
let server, api, form, key, folder, text;

before(async () => {
  server = await startServer({ ZGODA_FORM_MIN_SECONDS: '2' });
  api = await Api.setUp(server);
  form = await api.makeForm('Kontakt', 'contact', (definition) => { definition.strict = true; });
  const expires_at = new Date(Date.now() + 86_400_000).toISOString();
  key = (await api.post('/api-keys', { name: 'sklep', definition: { rights: { view_clients: 'all', create_clients: 'all' } }, expires_at })).key;
  folder = await mkdtemp(join(tmpdir(), 'zgoda-examples-'));
  text = await readFile(new URL('../docs/embedding.md', import.meta.url), 'utf8');
});

after(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The example in this language. */
function example(language) {
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(text);
  return code.replaceAll('https://crm.example.com', server.url).replaceAll('PUBLIC_ID', form.public_id);
}

/** Runs it with the key in its environment, and looks whether its submission arrived. */
async function works(language, file, program, address) {
  await writeFile(join(folder, file), example(language));
  const { stdout } = await run(program[0], [...program.slice(1), join(folder, file)], { env: { PATH: process.env.PATH, ZGODA_KEY: key } });
  assert.match(stdout, /Dziękujemy/);
  const found = (await api.clients()).filter(({ email }) => email === address);
  assert.equal(found.length, 1);
}

test('shell', () => works('sh', 'example.sh', ['sh'], 'jan.curl@example.com'));
test('JavaScript', () => works('js', 'example.mjs', [process.execPath], 'jan.js@example.com'));
test('JavaScript with a proof instead of a key', () => works('mjs', 'proof.mjs', [process.execPath], 'jan.proof@example.com'));

test('PHP', () => works('php', 'example.php', ['php'], 'jan.php@example.com'));
