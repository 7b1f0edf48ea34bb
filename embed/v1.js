/*
 * Shows Zgoda's forms on the pages of other sites:
 *
 *   <div data-zgoda-form="PUBLIC_ID"></div>
 *   <script src="https://crm.example.com/embed/v1.js" async></script>
 *
 * Sets no cookies and keeps nothing in the browser. An element added later is shown with `Zgoda.render(element)`.
 * A hidden field takes its value from the element's attribute `data-zgoda-value-KEY`. The proof of work is computed in a
 * worker, or, with `data-zgoda-worker="none"` on the element or where the page allows no `blob:` worker, between the page's
 * own work.
 * On the element: `zgoda:ready`, `zgoda:submitted` and `zgoda:error`; none carries an answer.
 */
(function () {
  'use strict';

  if (window.Zgoda) {
    // The snippet stands on the page once per form.
    window.Zgoda.renderAll();
    return;
  }

  var origin = new URL(document.currentScript.src).origin;
  var TIMEOUT = 30000;

  var WORDS = {
    pl: {
      note: 'Pola oznaczone * są wymagane.',
      choose: '— wybierz —',
      sending: 'Wysyłanie…',
      retry: 'Spróbuj ponownie',
      attention: 'Niektóre pola wymagają uwagi. Niczego nie wysłano.',
      changed: 'Formularz zmienił się, zanim go wysłano. Sprawdź go i wyślij ponownie; odpowiedzi zostały zachowane.',
      closed: 'Ten formularz jest zamknięty.',
      missing: 'Nie ma takiego formularza.',
      foreign: 'Tego formularza nie wolno używać na tej stronie.',
      busy: 'Zbyt wiele prób. Odczekaj chwilę i wyślij ponownie; odpowiedzi zostały zachowane.',
      offline: 'Nie udało się połączyć z serwerem. Spróbuj ponownie; odpowiedzi zostały zachowane.',
      unloaded: 'Nie udało się wczytać formularza.',
      broken: 'Coś się nie powiodło. Spróbuj ponownie; odpowiedzi zostały zachowane.',
      required: 'To pole jest wymagane.',
      too_long: 'Ten tekst jest za długi.',
      email: 'Wpisz pełny adres e-mail, na przykład jan@example.com.',
      phone: 'Wpisz numer telefonu, na przykład +48 601 234 567.',
      number: 'Wpisz liczbę.',
      date: 'Wpisz datę.',
      malformed: 'Sprawdź, czy wpisano tu poprawną wartość.'
    },
    en: {
      note: 'Fields marked * are required.',
      choose: '— choose —',
      sending: 'Sending…',
      retry: 'Try again',
      attention: 'Some fields need attention. Nothing was sent.',
      changed: 'The form changed before it was sent. Please check it and send it again; your answers were kept.',
      closed: 'This form is closed.',
      missing: 'There is no such form.',
      foreign: 'This form may not be used on this page.',
      busy: 'Too many attempts. Please wait a moment and send it again; your answers were kept.',
      offline: 'The server could not be reached. Please try again; your answers were kept.',
      unloaded: 'The form could not be loaded.',
      broken: 'Something went wrong. Please try again; your answers were kept.',
      required: 'This field is required.',
      too_long: 'This text is too long.',
      email: 'Please enter a whole e-mail address, for example jan@example.com.',
      phone: 'Please enter a phone number, for example +48 601 234 567.',
      number: 'Please enter a number.',
      date: 'Please enter a date.',
      malformed: 'Please check this value.'
    }
  };

  /* By the problem's code; any other code says `broken`. */
  var PROBLEMS = {
    invalid: 'attention',
    'form-version-retired': 'changed',
    'form-closed': 'closed',
    'not-found': 'missing',
    'foreign-origin': 'foreign',
    'too-many-requests': 'busy',
    busy: 'busy',
    offline: 'offline'
  };

  /* `:where` weighs nothing: whatever the host page says about these elements wins. */
  var STYLE =
    ':where(.zgoda-form){font:inherit;color:inherit;text-align:start}' +
    ':where(.zgoda-form__title){margin:0 0 .75em}' +
    ':where(.zgoda-form__field){border:0;margin:0 0 1.1em;padding:0;min-width:0}' +
    ':where(.zgoda-form__label){display:block;font-weight:600;margin:0 0 .3em;padding:0}' +
    ':where(.zgoda-form__choice){display:flex;gap:.6em;align-items:flex-start;margin:0 0 .3em}' +
    ':where(.zgoda-form__choice input){flex:none;width:1.15em;height:1.15em;margin:.2em 0 0}' +
    ':where(.zgoda-form__input){box-sizing:border-box;width:100%;font:inherit;color:inherit;background:transparent;' +
    'padding:.55em .7em;border:1px solid;border-radius:.4em}' +
    ':where(.zgoda-form__input option){color:fieldtext;background:field}' +
    ':where(.zgoda-form__hint,.zgoda-form__wording,.zgoda-form__text){margin:0 0 .35em;white-space:pre-line}' +
    ':where(.zgoda-form__hint,.zgoda-form__wording,.zgoda-form__note){font-size:.9em}' +
    ':where(.zgoda-form__error){margin:.3em 0 0;font-weight:600;color:var(--zgoda-error,inherit)}' +
    ':where(.zgoda-form__input[aria-invalid=true]){border-width:2px;border-color:var(--zgoda-error,currentcolor)}' +
    ':where(.zgoda-form__message:not(:empty)){border:1px solid var(--zgoda-error,currentcolor);' +
    'border-inline-start-width:5px;border-radius:.4em;padding:.75em 1em;margin:0 0 1em}' +
    ':where(.zgoda-form__thanks){white-space:pre-line}' +
    ':where(.zgoda-form__button){font:inherit;font-weight:600;padding:.65em 1.4em;cursor:pointer}' +
    ':where(.zgoda-form__button[aria-disabled=true]){opacity:.6;cursor:progress}';

  var styled = new WeakSet();
  var shown = new WeakMap();
  var count = 0;

  /* An adopted sheet, because the page's content security may forbid <style>. */
  function style(root) {
    if (styled.has(root) || !('adoptedStyleSheets' in root)) return;
    styled.add(root);
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = Array.from(root.adoptedStyleSheets).concat(sheet);
    } catch (_) {
      // Unstyled, but whole.
    }
  }

  /* An element with attributes (absent where the value is null or false) and children (elements or texts). */
  function make(tag, attributes) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(name, value === true ? '' : value);
      }
    });
    for (var i = 2; i < arguments.length; i++) {
      if (arguments[i]) element.append(arguments[i]);
    }
    return element;
  }

  function uuid() {
    // `randomUUID` is for secure pages only; a form may stand on a plain http page.
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, '0');
    }).join('');
  }

  /* Resolves with {ok, body}; rejects with {code, errors}. */
  function call(path, options) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, TIMEOUT);
    var request = Object.assign({ credentials: 'omit', referrerPolicy: 'no-referrer', signal: stop.signal }, options);
    return fetch(origin + '/api/v1/public/forms/' + path, request)
      .then(
        function (response) {
          return response.json().then(
            function (body) {
              if (response.ok) return body;
              throw { code: body.code || 'broken', errors: body.errors || [] };
            },
            function () { throw { code: response.status === 429 ? 'busy' : 'broken', errors: [] }; }
          );
        },
        function () { throw { code: 'offline', errors: [] }; }
      )
      .finally(function () { clearTimeout(timer); });
  }

  /* A lone option is a tick: chosen by nobody but the visitor, and taken back as easily. */
  function isTick(field) {
    return field.kind === 'checkbox' || field.kind === 'consent' || (field.kind === 'radio' && field.options.length === 1);
  }

  /* What a tick is given to. A kept tick must not pass to another text. */
  function meaning(field) {
    return [field.kind, field.label, field.wording, field.channel, (field.options || []).join('\n')].join('\n');
  }

  var INPUTS = {
    email: { type: 'email', autocomplete: 'email' },
    phone: { type: 'tel', autocomplete: 'tel' },
    number: { type: 'text', inputmode: 'decimal' },
    date: { type: 'date' },
    short_text: { type: 'text', maxlength: 255 }
  };
  var AUTOCOMPLETE = { name: 'name', first_name: 'given-name', last_name: 'family-name' };

  function Form(host, id) {
    this.host = host;
    this.id = id;
    var language = document.documentElement.lang || navigator.language || 'pl';
    this.words = /^pl/i.test(language) ? WORDS.pl : WORDS.en;
  }

  Form.prototype = {
    emit: function (name, detail) {
      this.host.dispatchEvent(new CustomEvent('zgoda:' + name, { bubbles: true, detail: Object.assign({ form: this.id }, detail) }));
    },

    load: function () {
      var self = this;
      return call(encodeURIComponent(this.id)).then(
        function (form) {
          self.show(form, {});
          self.emit('ready');
        },
        function (problem) {
          self.emit('error', { code: problem.code });
          var told = self.words[PROBLEMS[problem.code]];
          if (!told || problem.code === 'offline') told = self.words.unloaded;
          var retry = make('button', { type: 'button', class: 'zgoda-form__button' }, self.words.retry);
          var box = make('div', { class: 'zgoda-form', role: 'alert' },
            make('p', { class: 'zgoda-form__message' }, told), retry);
          retry.addEventListener('click', function () {
            box.remove();
            self.load();
          });
          // Beside what the page itself says there, perhaps a link to the form.
          self.host.append(box);
        }
      );
    },

    /* Draws the form with the answers it had, by key. */
    show: function (form, answers) {
      var self = this;
      var prefix = 'zgoda-' + ++count + '-';
      this.definition = form;
      this.words = WORDS[form.language] || WORDS.en;
      this.places = {};
      this.body = this.content = this.key = null;
      // A proof is of one version of the form.
      this.proof = zgodaProof.keeper(function () {
        return call(encodeURIComponent(self.id) + '/challenge');
      }, this.host.getAttribute('data-zgoda-worker') === 'none');
      this.message = make('div', { class: 'zgoda-form__message', role: 'alert', tabindex: '-1' });
      this.status = make('div', { class: 'zgoda-form__status', role: 'status' });
      this.button = make('button', { type: 'submit', class: 'zgoda-form__button' }, form.submit_label);
      var title = make('h2', { class: 'zgoda-form__title', id: prefix + 'title' }, form.title);
      // `novalidate`: the browser would complain in its own language, and differently from the server.
      this.element = make('form', { class: 'zgoda-form', novalidate: true, lang: form.language, 'aria-labelledby': title.id },
        title, this.message, this.bait(form.decoy));
      if (form.fields.some(function (field) { return field.required; })) {
        this.element.append(make('p', { class: 'zgoda-form__note' }, this.words.note));
      }
      form.fields.forEach(function (field) {
        var answer = answers[field.key];
        self.element.append(self.field(field, prefix + field.key, answer === undefined ? '' : answer));
      });
      this.element.append(this.button);
      // Begun while the visitor still writes, so that nobody waits.
      var begin = function () { self.proof.begin().catch(function () {}); };
      ['focusin', 'pointerdown', 'input'].forEach(function (name) {
        self.element.addEventListener(name, begin, { once: true });
      });
      this.element.addEventListener('submit', function (event) {
        event.preventDefault();
        self.send();
      });
      this.host.textContent = '';
      this.host.append(this.element, this.status);
      style(this.host.getRootNode());
    },

    /* The field that programs fill in and people never see, whatever the page's styles say. */
    bait: function (name) {
      var input = (this.decoy = make('input', { type: 'text', name: name, tabindex: '-1', autocomplete: 'off' }));
      var box = make('div', { 'aria-hidden': 'true' }, make('label', null, 'Website ', input));
      // Set by script, which content security allows.
      box.style.cssText = 'position:absolute!important;left:-10000px!important;top:auto!important;width:1px!important;' +
        'height:1px!important;overflow:hidden!important';
      return box;
    },

    /* One field; notes in `places` how to read it, where its error goes and what to focus. */
    field: function (field, id, answer) {
      var kind = field.kind;
      if (kind === 'heading') return make('h3', { class: 'zgoda-form__heading' }, field.label);
      if (kind === 'static_text') return make('p', { class: 'zgoda-form__text' }, field.label);
      var place = (this.places[field.key] = { field: field });
      if (kind === 'hidden') {
        var hidden = make('input', { type: 'hidden', name: field.key });
        hidden.value = answer || this.host.getAttribute('data-zgoda-value-' + field.key) || '';
        place.read = function () { return hidden.value; };
        return hidden;
      }
      var mark = field.required && make('span', { class: 'zgoda-form__mark', 'aria-hidden': 'true' }, ' *');
      var hint = field.hint && make('p', { class: 'zgoda-form__hint', id: id + '-hint' }, field.hint);
      var wording = field.wording && make('p', { class: 'zgoda-form__wording', id: id + '-wording' }, field.wording);
      place.error = make('p', { class: 'zgoda-form__error', id: id + '-error' });
      place.error.hidden = true;
      var describedBy = [hint, wording, place.error].filter(Boolean).map(function (element) { return element.id; }).join(' ');
      var common = { name: field.key, id: id, required: field.required, 'aria-describedby': describedBy };

      if (isTick(field)) {
        var text = kind === 'radio' ? field.options[0] : field.label;
        var tick = make('input', Object.assign({ type: 'checkbox', value: kind === 'radio' ? text : 'true' }, common));
        tick.checked = answer === tick.value;
        place.read = function () { return tick.checked ? tick.value : ''; };
        place.focus = place.invalid = tick;
        var choice = make('label', { class: 'zgoda-form__choice', for: id }, tick, make('span', null, text, mark));
        var grouped = kind === 'radio' && field.label !== text;
        return make(grouped ? 'fieldset' : 'div', { class: 'zgoda-form__field zgoda-form__field--tick' },
          grouped && make('legend', { class: 'zgoda-form__label' }, field.label), choice, hint, wording, place.error);
      }
      if (kind === 'radio') {
        var group = make('fieldset', {
          class: 'zgoda-form__field', role: 'radiogroup', id: id, 'aria-describedby': describedBy,
          'aria-required': field.required ? 'true' : null
        }, make('legend', { class: 'zgoda-form__label' }, field.label, mark), hint);
        var radios = field.options.map(function (option, at) {
          var radio = make('input', { type: 'radio', name: id, id: id + '-' + at, value: option });
          radio.checked = answer === option;
          group.append(make('label', { class: 'zgoda-form__choice', for: radio.id }, radio, make('span', null, option)));
          return radio;
        });
        group.append(place.error);
        place.read = function () {
          var chosen = radios.find(function (radio) { return radio.checked; });
          return chosen ? chosen.value : '';
        };
        place.focus = radios[0];
        place.invalid = group;
        return group;
      }
      var input;
      common.class = 'zgoda-form__input';
      if (kind === 'long_text') {
        input = make('textarea', Object.assign({ rows: 5, maxlength: 10000 }, common));
      } else if (kind === 'select') {
        input = make('select', common, make('option', { value: '' }, this.words.choose));
        field.options.forEach(function (option) { input.append(make('option', { value: option }, option)); });
      } else {
        input = make('input', Object.assign({ autocomplete: AUTOCOMPLETE[field.key] }, INPUTS[kind] || INPUTS.short_text, common));
      }
      input.value = answer;
      // An option that is gone would leave the list without a choice.
      if (kind === 'select' && input.selectedIndex < 0) input.value = '';
      place.read = function () { return input.value; };
      place.focus = place.invalid = input;
      return make('div', { class: 'zgoda-form__field' },
        make('label', { class: 'zgoda-form__label', for: id }, field.label, mark), hint, input, place.error);
    },

    answers: function () {
      var answers = {};
      Object.keys(this.places).forEach(function (key) {
        var text = this.places[key].read();
        if (text.trim()) answers[key] = text;
      }, this);
      if (this.decoy.value.trim()) answers[this.decoy.name] = this.decoy.value;
      return answers;
    },

    /* Puts each error beside its field and goes to the first; says so above the form. */
    complain: function (errors, message) {
      var words = this.words;
      var first = null;
      Object.keys(this.places).forEach(function (key) {
        var place = this.places[key];
        if (!place.error) return;
        var error = errors.find(function (error) { return error.pointer === '/answers/' + key; });
        var text = '';
        if (error) {
          var known = error.code === 'required' || error.code === 'too_long';
          text = words[known ? error.code : place.field.kind] || words.malformed;
          first = first || place.focus;
        }
        place.error.textContent = text;
        place.error.hidden = !text;
        if (text) place.invalid.setAttribute('aria-invalid', 'true');
        else place.invalid.removeAttribute('aria-invalid');
      }, this);
      this.message.textContent = message;
      if (message) (first || this.message).focus();
    },

    send: function () {
      var self = this;
      if (this.sending) return;
      var answers = this.answers();
      var missing = this.definition.fields
        .filter(function (field) { return field.required && !answers[field.key] && self.places[field.key].error; })
        .map(function (field) { return { pointer: '/answers/' + field.key, code: 'required' }; });
      if (missing.length) {
        this.emit('error', { code: 'invalid' });
        this.complain(missing, this.words.attention);
        return;
      }
      var content = JSON.stringify(answers);
      // The same content keeps its key and its proof: sent twice, it is received once.
      if (content !== this.content) this.body = null;
      this.content = content;
      this.busy(true);
      (this.body ? Promise.resolve() : this.proof.begin().then(function (proof) {
        self.key = uuid();
        self.body = JSON.stringify({ form_version: self.definition.form_version, answers: answers, proof: proof });
      })).then(function () {
        return call(encodeURIComponent(self.id) + '/submissions', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': self.key },
          body: self.body
        });
      }).then(
        function (receipt) {
          self.thank(receipt);
        },
        function (problem) {
          if (problem.code === 'proof-refused' && !self.renewed) {
            // Nothing was kept: the same answers once more, with a proof that is new.
            self.proof.drop();
            self.body = null;
            self.renewed = true;
            self.sending = false;
            return self.send();
          }
          self.renewed = false;
          self.emit('error', { code: problem.code });
          if (problem.code === 'form-version-retired') return self.renew();
          self.busy(false);
          self.complain(problem.errors, self.words[PROBLEMS[problem.code]] || self.words.broken);
        }
      );
    },

    /* The form was published anew: shows that version with the answers that still fit. */
    renew: function () {
      var self = this;
      return call(encodeURIComponent(this.id)).then(
        function (form) {
          var before = self.places;
          var answers = self.answers();
          form.fields.forEach(function (field) {
            var old = before[field.key];
            if (old && (isTick(field) || isTick(old.field)) && meaning(field) !== meaning(old.field)) delete answers[field.key];
          });
          self.busy(false);
          self.show(form, answers);
          self.complain([], self.words.changed);
        },
        function (problem) {
          self.busy(false);
          self.complain([], self.words[PROBLEMS[problem.code]] || self.words.broken);
        }
      );
    },

    busy: function (sending) {
      this.sending = sending;
      // Not `disabled`, which would take the focus away.
      this.button.setAttribute('aria-disabled', String(sending));
      this.status.textContent = sending ? this.words.sending : '';
      if (sending) this.complain([], '');
    },

    thank: function (receipt) {
      this.body = this.content = this.key = null;
      this.emit('submitted', { id: receipt.id });
      if (/^https:\/\//i.test(receipt.redirect_url || '')) {
        location.assign(receipt.redirect_url);
        return;
      }
      this.busy(false);
      this.element.remove();
      this.status.classList.add('zgoda-form', 'zgoda-form__thanks');
      this.status.setAttribute('lang', this.definition.language);
      this.status.setAttribute('tabindex', '-1');
      this.status.textContent = receipt.thank_you;
      this.status.focus();
    }
  };

  function render(element) {
    var id = element && element.getAttribute('data-zgoda-form');
    if (!id || shown.get(element) === id) return;
    shown.set(element, id);
    new Form(element, id).load();
  }

  function renderAll() {
    document.querySelectorAll('[data-zgoda-form]').forEach(render);
  }

  window.Zgoda = { render: render, renderAll: renderAll };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', renderAll);
  else renderAll();
})();
