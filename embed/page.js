/* The hosted page works without this script; with it, a proof of work goes into the hidden field before the form is sent. */
(function () {
  'use strict';

  var field = document.querySelector('input[name=_proof]');
  /* Longest that a visitor waits for a challenge and its answer, in milliseconds. */
  var WAIT = 10000;
  if (!field || !window.fetch || !window.Promise) return;
  var form = field.form;
  var proof = zgodaProof.keeper(function () {
    var path = '/api/v1/public/forms/' + encodeURIComponent(field.getAttribute('data-form')) + '/challenge';
    return fetch(path, { credentials: 'omit' }).then(function (response) {
      if (!response.ok) throw response.status;
      return response.json();
    });
  });
  var begin = function () { proof.begin().catch(function () {}); };
  ['focusin', 'pointerdown', 'input'].forEach(function (name) { form.addEventListener(name, begin, { once: true }); });

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (form.getAttribute('aria-busy')) return;
    form.setAttribute('aria-busy', 'true');
    // Without a proof, or when it does not come, the server decides, as it does without this script.
    var late = new Promise(function (_, fail) { setTimeout(fail, WAIT); });
    Promise.race([proof.begin(), late]).then(function (text) { field.value = text; }, function () {}).then(function () {
      form.removeAttribute('aria-busy');
      // The event is not raised again, and the browser has checked the fields already.
      HTMLFormElement.prototype.submit.call(form);
    });
  });
  // Shown again from the browser's memory, the page's proof is used up.
  window.addEventListener('pageshow', function (event) { if (event.persisted) proof.drop(); });
})();
