// Starts the built program in an empty folder, and pages of "other companies" that carry its forms.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
export const program = resolve(process.env.ZGODA_BIN ?? join(here, '../../target/debug/zgoda'));

export const OWNER = { name: 'Łucja Właścicielka', email: 'lucja@firma.example', password: 'zielony rower na moście' };

function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Runs a command of the program to its end, with `input` on its standard input. */
function run(args, input, options) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { output += bytes; });
    child.once('error', fail);
    child.once('exit', (code) => (code === 0 ? done(output) : fail(new Error(`zgoda ${args.join(' ')}: ${code} ${output}`))));
    child.stdin.end(input);
  });
}

/** A server of its own, with further options in its environment: `{url, setupLink, addOwner, signLedger, log, stop}`. */
export async function startServer(options = {}, host = '127.0.0.1') {
  accessSync(program, constants.X_OK);
  const folder = await mkdtemp(join(tmpdir(), 'zgoda-e2e-'));
  const port = await freePort();
  // Browsers know passkeys only where the host has a name.
  const url = `http://${host}:${port}`;
  const env = {
    PATH: process.env.PATH,
    ZGODA_DATA_DIR: join(folder, 'data'),
    ZGODA_LISTEN: `127.0.0.1:${port}`,
    ZGODA_PUBLIC_URL: url,
    ZGODA_FORMS_PER_MINUTE: '0',
    ZGODA_FORM_MIN_SECONDS: '0',
    ...options,
  };
  const child = spawn(program, ['serve'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((done) => child.once('exit', done));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(hard);
    }
    await rm(folder, { recursive: true, force: true });
  };
  let output = '';
  let complaints = '';
  let log = '';
  child.stdout.on('data', (bytes) => { log += bytes; });
  child.stderr.on('data', (bytes) => {
    log += bytes;
    complaints = (complaints + bytes).slice(-4000);
  });
  try {
    const setupLink = await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no setup link within 60 s:\n${output}\n${complaints}`)), 60_000);
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`the server ended (${code}):\n${output}\n${complaints}`)));
      child.stdout.on('data', (bytes) => {
        output += bytes;
        const link = /\S+\/setup#\S+/.exec(output);
        if (link && output.endsWith('\n')) {
          clearTimeout(timer);
          done(link[0]);
        }
      });
    });
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`${url}/ready`).catch(() => null);
      if (answer?.ok) break;
      if (tries > 100) throw new Error('the server printed its link, but does not answer');
      await new Promise((done) => setTimeout(done, 100));
    }
    // The one way to an account with a password from outside: the command that saves those who have locked themselves out.
    const addOwner = ({ name, email, password }) => run(['owner', 'create', '--email', email, '--name', name], `${password}\n`, { env, cwd: folder });
    /** Signs how far the consent ledger goes; the signed note. */
    const signLedger = () => run(['ledger', 'checkpoint'], '', { env: { ...env, ZGODA_LOG: 'off' }, cwd: folder });
    return { url, setupLink, addOwner, signLedger, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Another company's website. `pages` maps paths to `{body, csp}`, to `{whole, csp, type}` for a file as it is, or to a
 * function that returns one.
 * Its host name differs from the server's, so that it is another site and not just another origin.
 */
export async function startSite(pages, host = 'localhost') {
  const site = http.createServer(async (request, response) => {
    const page = pages[new URL(request.url, 'http://x').pathname];
    if (!page) {
      response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    const { body, whole, csp, lang = 'pl', type = 'text/html' } = typeof page === 'function' ? await page() : page;
    const headers = { 'content-type': `${type}; charset=utf-8` };
    if (csp) headers['content-security-policy'] = csp;
    response.writeHead(200, headers);
    response.end(whole ?? `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Firma</title></head><body><main><h1>Firma</h1>${body}</main></body></html>`);
  });
  await new Promise((done, fail) => {
    site.once('error', fail);
    site.listen(0, host, done);
  });
  return {
    url: `http://${host}:${site.address().port}`,
    stop: () => new Promise((done) => {
      site.close(done);
      site.closeAllConnections();
    }),
  };
}
