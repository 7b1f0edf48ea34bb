/*
 * The work of a challenge: small numbers that are hard to find and easy to check. A quarter of a second of computing for a
 * visitor, who notices nothing of it, and a lot of computing for somebody who sends a thousand forms.
 */
var zgodaProof = (function () {
  'use strict';

  /* A challenge's proof serves for ten minutes; a new one is made a minute before. */
  var FRESH = 9 * 60 * 1000;
  /* The page is never held up for longer than this, in milliseconds. */
  var SLICE = 8;
  /* Clocks of two servers differ a little. In milliseconds. */
  var MARGIN = 250;

  /*
   * SHA-256 (FIPS 180-4) of one block, and the search. Stands alone, because its text also runs in a worker; synchronous,
   * because the browser's own is not, and is ten times as slow on so short texts.
   */
  function make() {
    var k = [], first = [], w = new Int32Array(64), base = new Int32Array(16), out = new Int32Array(8);

    function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }

    // The constants are the first bits of roots of primes.
    for (var n = 2; k.length < 64; n++) {
      var prime = true;
      for (var d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
      if (!prime) continue;
      if (first.length < 8) first.push(fraction(Math.sqrt(n)));
      k.push(fraction(Math.cbrt(n)));
    }
    k = new Int32Array(k);

    /* Puts ASCII into the block from a byte on. */
    function put(block, text, at) {
      for (var i = 0; i < text.length; i++, at++) block[at >> 2] |= text.charCodeAt(i) << (24 - ((at & 3) << 3));
      return at;
    }

    /* Ends the text of this many bytes: at most 55, so that it stays one block. */
    function close(block, length) {
      block[length >> 2] |= 0x80 << (24 - ((length & 3) << 3));
      block[15] = length << 3;
    }

    /* Hashes the block in `w`; the first 32 bits. */
    function compress() {
      var i, x, y, t, u;
      for (i = 16; i < 64; i++) {
        x = w[i - 15];
        y = w[i - 2];
        w[i] = (w[i - 16] + w[i - 7]
          + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3))
          + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) | 0;
      }
      var a = first[0], b = first[1], c = first[2], d = first[3], e = first[4], f = first[5], g = first[6], h = first[7];
      for (i = 0; i < 64; i++) {
        t = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
          + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
        u = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
          + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
      }
      out[0] = a + first[0]; out[1] = b + first[1]; out[2] = c + first[2]; out[3] = d + first[3];
      out[4] = e + first[4]; out[5] = f + first[5]; out[6] = g + first[6]; out[7] = h + first[7];
      return out[0] >>> 0;
    }

    /* SHA-256 of up to 55 ASCII characters, in hexadecimal digits. */
    function sha256(text) {
      w.fill(0);
      close(w, put(w, text, 0));
      compress();
      return Array.from(out, function (word) { return (word >>> 0).toString(16).padStart(8, '0'); }).join('');
    }

    /* Goes on searching, until every part has its number or `ends` says that it is time; whether all are found. */
    function search(challenge, state, ends) {
      var limit = Math.floor(4294967296 / challenge.difficulty);
      while (state.numbers.length < challenge.parts) {
        base.fill(0);
        var start = put(base, challenge.salt + '.' + state.numbers.length + '.', 0);
        for (;; state.next++) {
          w.set(base);
          close(w, put(w, String(state.next), start));
          if (compress() < limit) break;
          if (ends && (state.next & 63) === 63 && ends()) {
            state.next++;
            return false;
          }
        }
        state.numbers.push(state.next);
        state.next = 0;
      }
      return true;
    }

    return { sha256: sha256, search: search };
  }

  var here = null;

  /* In a worker; rejects where the page's content security forbids one. */
  function aside(challenge) {
    return new Promise(function (done, fail) {
      var source = 'var it=(' + make + ')();onmessage=function(m){var s={numbers:[],next:0};it.search(m.data,s);postMessage(s.numbers)}';
      var address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      var worker = new Worker(address);
      var end = function (how, what) {
        worker.terminate();
        URL.revokeObjectURL(address);
        how(what);
      };
      worker.onmessage = function (message) { end(done, message.data); };
      worker.onerror = function (event) {
        event.preventDefault();
        end(fail);
      };
      worker.postMessage({ salt: challenge.salt, parts: challenge.parts, difficulty: challenge.difficulty });
    });
  }

  /* On the page, a little at a time. */
  function between(challenge) {
    here = here || make();
    var state = { numbers: [], next: 0 };
    return new Promise(function (done) {
      (function go() {
        var end = performance.now() + SLICE;
        if (here.search(challenge, state, function () { return performance.now() >= end; })) done(state.numbers);
        else setTimeout(go, 0);
      })();
    });
  }

  /* The numbers of a challenge. Without a worker where none is wanted or allowed. */
  function solve(challenge, alone) {
    return alone ? between(challenge) : aside(challenge).catch(function () { return between(challenge); });
  }

  /*
   * Keeps a proof ready for one form: `ask` gets a challenge. A proof that has become too old is made anew. It is given
   * out no sooner than a person could be done, so that nobody is taken for a program.
   */
  function keeper(ask, alone) {
    var made = null;
    return {
      begin: function () {
        var age = made ? Date.now() - made.at : -1;
        if (age >= 0 && age < FRESH) return made.proof;
        var own = (made = { at: Date.now() });
        own.proof = ask().then(function (challenge) {
          var earliest = performance.now() + challenge.min_seconds * 1000 + MARGIN;
          return solve(challenge, alone).then(function (numbers) {
            return new Promise(function (done) {
              setTimeout(done, Math.max(0, earliest - performance.now()), [challenge.token].concat(numbers).join('.'));
            });
          });
        });
        own.proof.catch(function () { if (made === own) made = null; });
        return own.proof;
      },
      drop: function () { made = null; }
    };
  }

  return { make: make, solve: solve, keeper: keeper };
})();
