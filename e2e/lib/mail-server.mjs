// A real SMTP server on a free loopback port that keeps what it is sent.
//
// As a program it prints its port and then every message as a line of JSON, until its standard input ends:
//   node mail-server.mjs [--refuse N] [--tls self-signed | --tls KEY.pem,CERT.pem] [--starttls] [--user U --password P]
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SMTPServer } from 'smtp-server';

/**
 * `refuse`: how many messages are answered 451 (try again later) first. `tls`: encryption from the first byte, with a
 * certificate nobody trusts (`self-signed`) or the given files; with `starttls` it is offered instead. With `user` and
 * `password` nobody else may send.
 * Answers `{port, messages, next, stop}`; a message is `{from, to, headers, text, raw}`, `raw` with a character per byte.
 */
export async function startMailServer({ refuse = 0, tls, starttls = false, user, password, onMessage = () => {} } = {}) {
  const messages = [];
  const waiting = [];
  let refused = 0;
  const files = tls && tls !== 'self-signed' ? tls.split(',').map((file) => readFileSync(file)) : [];
  const server = new SMTPServer({
    secure: Boolean(tls) && !starttls,
    ...(files.length ? { key: files[0], cert: files[1] } : {}),
    disabledCommands: [...(starttls ? [] : ['STARTTLS']), ...(user ? [] : ['AUTH'])],
    authOptional: !user,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      const fits = auth.username === user && auth.password === password;
      done(fits ? null : Object.assign(new Error('who is that?'), { responseCode: 535 }), fits ? { user } : undefined);
    },
    onData(stream, session, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        if (refused < refuse) {
          refused += 1;
          done(Object.assign(new Error('try again later'), { responseCode: 451 }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        const message = { from: mailFrom.address, to: rcptTo.map(({ address }) => address), ...read(Buffer.concat(parts)) };
        messages.push(message);
        onMessage(message);
        waiting.shift()?.(message);
        done();
      });
    },
  });
  // A client that breaks off, as one that trusts no self-signed certificate must.
  server.on('error', () => {});
  await new Promise((ready, fail) => {
    server.server.once('error', fail);
    server.listen(0, '127.0.0.1', ready);
  });
  let taken = 0;
  return {
    port: server.server.address().port,
    messages,
    /** The next message that was not asked for yet. */
    next() {
      const at = taken++;
      if (messages.length > at) return Promise.resolve(messages[at]);
      return new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error('no message within 30 s')), 30_000);
        waiting.push((message) => { clearTimeout(timer); done(message); });
      });
    },
    stop: () => new Promise((done) => server.close(done)),
  };
}

/** A certificate for `localhost`, and the authority that vouches for it: `{tls, authority}`, names of files in `folder`. */
export function makeCertificate(folder) {
  const file = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test authority', '-days', '2');
  openssl('req', '-x509', ...key, '-keyout', file('mail.key'), '-out', file('mail.pem'), '-subj', '/CN=localhost', '-days', '2',
    '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE');
  return { tls: `${file('mail.key')},${file('mail.pem')}`, authority: file('ca.pem') };
}

/** Headers in their order, unfolded, and the text. */
function read(bytes) {
  const raw = bytes.toString('latin1');
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw.slice(0, end).replace(/\r\n(?=[ \t])/g, '').split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const coding = headers.find(([name]) => name.toLowerCase() === 'content-transfer-encoding')?.[1].toLowerCase();
  const body = raw.slice(end + 4);
  return { headers, text: decode(body, coding), raw };
}

function decode(body, coding) {
  if (coding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (coding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  const plain = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(plain, 'latin1').toString('utf8');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      refuse: { type: 'string', default: '0' },
      tls: { type: 'string' },
      starttls: { type: 'boolean', default: false },
      user: { type: 'string' },
      password: { type: 'string' },
    },
  });
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const server = await startMailServer({ ...values, refuse: Number(values.refuse), onMessage: say });
  say({ port: server.port });
  // Whoever started this is gone when its end of the pipe is.
  process.stdin.on('end', () => process.exit(0)).resume();
}
