// The work of a challenge, computed as visitors' browsers compute it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const source = await readFile(new URL('../embed/proof.js', import.meta.url), 'utf8');
const work = new Function(`${source}; return zgodaProof;`)();
const sha256 = (text) => createHash('sha256').update(text).digest();

test('the hash is SHA-256', () => {
  const { sha256: ours } = work.make();
  // FIPS 180-4's own examples, then every length that fits.
  assert.equal(ours('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(ours(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (let length = 0; length <= 55; length++) {
    const text = randomBytes(64).toString('hex').slice(0, length);
    assert.equal(ours(text), sha256(text).toString('hex'), text);
  }
});

test('the numbers found are the first that hold, however often the search is interrupted', () => {
  const challenge = { salt: randomBytes(16).toString('hex'), parts: 8, difficulty: 300 };
  const search = (ends) => {
    const state = { numbers: [], next: 0 };
    let turns = 1;
    while (!work.make().search(challenge, state, ends)) turns++;
    return [state.numbers, turns];
  };
  const limit = Math.floor(2 ** 32 / challenge.difficulty);
  const holds = (part, number) => sha256(`${challenge.salt}.${part}.${number}`).readUInt32BE(0) < limit;
  const first = Array.from({ length: 8 }, (_, part) => {
    let number = 0;
    while (!holds(part, number)) number++;
    return number;
  });
  assert.deepEqual(search(undefined), [first, 1]);
  const [numbers, turns] = search(() => true);
  assert.deepEqual(numbers, first);
  assert.ok(turns > 1, 'it was interrupted');
});

test('a proof is kept until it is too old or dropped, and one that failed is forgotten', async () => {
  let asked = 0;
  const answer = { token: 't', salt: '00', parts: 2, difficulty: 1, min_seconds: 0 };
  const keeper = work.keeper(async () => {
    asked++;
    if (asked === 2) throw { code: 'offline' };
    return { ...answer, token: `t${asked}` };
  }, true);
  assert.equal(await keeper.begin(), 't1.0.0');
  assert.equal(await keeper.begin(), 't1.0.0');
  keeper.drop();
  await assert.rejects(keeper.begin(), { code: 'offline' });
  assert.equal(await keeper.begin(), 't3.0.0');
  const now = Date.now;
  try {
    Date.now = () => now() + 9 * 60 * 1000;
    assert.equal(await keeper.begin(), 't4.0.0');
    Date.now = () => now() - 60 * 1000;
    assert.equal(await keeper.begin(), 't5.0.0', 'a clock that was put back');
  } finally {
    Date.now = now;
  }
});
