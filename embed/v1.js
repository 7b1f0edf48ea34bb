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
      tag: 'pl-PL',
      note: 'Pola oznaczone * są wymagane.',
      choose: '— wybierz —',
      sending: 'Wysyłanie…',
      mailbox:
        'Sprawdź swoją skrzynkę pocztową: wysyłamy wiadomość z linkiem do potwierdzenia. ' +
        'Bez potwierdzenia zgłoszenie lub zaznaczone zgody się nie liczą.',
      retry: 'Spróbuj ponownie',
      attention: 'Niektóre pola wymagają uwagi. Niczego nie wysłano.',
      changed: 'Formularz zmienił się, zanim go wysłano. Sprawdź go i wyślij ponownie; odpowiedzi zostały zachowane.',
      not_open: 'Ten formularz nie jest jeszcze otwarty. Można go wysłać od: ',
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
      up_to: 'najwyżej',
      file_type: 'Takich plików nie przyjmujemy albo nazwa nie zgadza się z zawartością.',
      file_too_large: 'Ten plik jest za duży.',
      malformed: 'Sprawdź, czy wpisano tu poprawną wartość.',
      receipt: 'Pobierz potwierdzenie zgody',
      receiptFile: 'potwierdzenie-zgody.html',
      receiptFailed: 'Nie udało się pobrać potwierdzenia.'
    },
    en: {
      tag: 'en-GB',
      note: 'Fields marked * are required.',
      choose: '— choose —',
      sending: 'Sending…',
      mailbox:
        'Please check your mailbox: we are sending a message with a link to confirm. ' +
        'Without that, what you sent or the consents you ticked do not count.',
      retry: 'Try again',
      attention: 'Some fields need attention. Nothing was sent.',
      changed: 'The form changed before it was sent. Please check it and send it again; your answers were kept.',
      not_open: 'This form is not open yet. It can be sent from: ',
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
      up_to: 'at most',
      file_type: 'Such files are not taken, or the name does not agree with the content.',
      file_too_large: 'This file is too large.',
      malformed: 'Please check this value.',
      receipt: 'Download the consent receipt',
      receiptFile: 'consent-receipt.html',
      receiptFailed: 'The receipt could not be downloaded.'
    }
  };

  /* By the problem's code; any other code says `broken`. */
  var PROBLEMS = {
    invalid: 'attention',
    'form-version-retired': 'changed',
    'form-not-open': 'not_open',
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
    ':where(.zgoda-form--accent .zgoda-form__button){background:var(--zgoda-accent);color:var(--zgoda-on-accent);' +
    'border:1px solid var(--zgoda-accent);border-radius:.4em}' +
    ':where(.zgoda-form--accent input){accent-color:var(--zgoda-accent)}' +
    ':where(.zgoda-form--sans){font-family:system-ui,sans-serif}' +
    ':where(.zgoda-form--serif){font-family:Georgia,"Times New Roman",serif}' +
    ':where(.zgoda-form--monospace){font-family:ui-monospace,Consolas,monospace}' +
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
              throw { code: body.code || 'broken', errors: body.errors || [], opens_at: body.opens_at };
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

    /* What is said of a problem; nothing of one that has no words. */
    told: function (problem) {
      var told = this.words[PROBLEMS[problem.code]];
      if (!problem.opens_at) return told;
      var moment = new Date(problem.opens_at);
      return told + moment.toLocaleString(this.words.tag, { dateStyle: 'long', timeStyle: 'short' });
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
          var told = self.told(problem);
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
      this.look(this.element);
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

    /* Colours and letters that the form brings along. */
    look: function (element) {
      var look = this.definition.look;
      if (!look) return;
      element.classList.add('zgoda-form--' + look.font);
      if (!look.accent) return;
      element.classList.add('zgoda-form--accent');
      element.style.setProperty('--zgoda-accent', look.accent);
      element.style.setProperty('--zgoda-on-accent', look.on_accent);
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
      if (kind === 'file') {
        var takes = make('p', { class: 'zgoda-form__hint', id: id + '-takes' }, field.file.accept.replace(/,/g, ', ') + '; ' +
          this.words.up_to + ' ' + Math.ceil(field.file.max_bytes / 104857.6) / 10 + ' MB');
        common['aria-describedby'] = takes.id + ' ' + describedBy;
        input = make('input', Object.assign({ type: 'file', accept: field.file.accept }, common));
        place.read = function () { return ''; };
        place.file = function () { return input.files[0]; };
        place.focus = place.invalid = input;
        return make('div', { class: 'zgoda-form__field' },
          make('label', { class: 'zgoda-form__label', for: id }, field.label, mark), hint, takes, input, place.error);
      }
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

    /* The files that were chosen, by key. */
    files: function () {
      var files = {};
      Object.keys(this.places).forEach(function (key) {
        var file = this.places[key].file && this.places[key].file();
        if (file) files[key] = file;
      }, this);
      return files;
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
          var known = /^(required|too_long|file_type|file_too_large)$/.test(error.code);
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
      var files = this.files();
      var missing = this.definition.fields
        .filter(function (field) {
          return field.required && !answers[field.key] && !files[field.key] && self.places[field.key].error;
        })
        .map(function (field) { return { pointer: '/answers/' + field.key, code: 'required' }; });
      Object.keys(files).forEach(function (key) {
        if (files[key].size > self.places[key].field.file.max_bytes) {
          missing.push({ pointer: '/answers/' + key, code: 'file_too_large' });
        }
      });
      if (missing.length) {
        this.emit('error', { code: 'invalid' });
        this.complain(missing, this.words.attention);
        return;
      }
      var content = Object.keys(files).reduce(function (text, key) {
        return text + [key, files[key].name, files[key].size, files[key].lastModified].join('|');
      }, JSON.stringify(answers));
      // The same content keeps its key and its proof: sent twice, it is received once.
      if (content !== this.content) this.body = null;
      this.content = content;
      this.busy(true);
      (this.body ? Promise.resolve() : this.proof.begin().then(function (proof) {
        self.key = uuid();
        self.body = JSON.stringify({ form_version: self.definition.form_version, answers: answers, proof: proof });
      })).then(function () {
        var headers = { 'Idempotency-Key': self.key };
        var body = self.body;
        if (Object.keys(files).length) {
          // The browser names the type itself, with its boundary.
          body = new FormData();
          body.append('_submission', self.body);
          Object.keys(files).forEach(function (key) { body.append(key, files[key]); });
        } else {
          headers['Content-Type'] = 'application/json';
        }
        return call(encodeURIComponent(self.id) + '/submissions', { method: 'POST', headers: headers, body: body });
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
          self.complain(problem.errors, self.told(problem) || self.words.broken);
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
          self.complain([], self.told(problem) || self.words.broken);
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
      this.status.textContent = receipt.thank_you + (receipt.confirm_by_mail ? '\n\n' + this.words.mailbox : '');
      this.status.focus();
      if (receipt.receipt) this.offerReceipt(receipt.receipt);
    },

    /* A button for the receipt of what was just ticked. The server makes it when asked; nothing is kept here. */
    offerReceipt: function (claim) {
      var words = this.words;
      var note = make('span', { role: 'status' });
      var button = make('button', { type: 'button', class: 'zgoda-form__button' }, words.receipt);
      var url = origin + '/api/v1/public/forms/' + encodeURIComponent(this.id) + '/receipts';
      button.addEventListener('click', function () {
        note.textContent = '';
        fetch(url, {
          method: 'POST', credentials: 'omit', headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ receipt: claim })
        }).then(function (answer) {
          if (!answer.ok) throw new Error();
          return answer.blob();
        }).then(function (file) {
          var address = URL.createObjectURL(file);
          make('a', { href: address, download: words.receiptFile }).click();
          setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
        }).catch(function () { note.textContent = ' ' + words.receiptFailed; });
      });
      this.status.after(make('p', { class: 'zgoda-form zgoda-form__receipt' }, button, note));
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
