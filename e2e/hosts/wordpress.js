// What themes and plugins leave behind: globals, and prototypes that grew.
window.$ = window.jQuery = function (selector) { return { length: document.querySelectorAll(selector).length, ready: function (run) { run(); } }; };
window.wp = { hooks: {} };
window.form = window.render = window.proof = window.count = 'a plugin';
Array.prototype.first = function () { return this[0]; };
Object.defineProperty(String.prototype, 'last', { value: function () { return this.slice(-1); }, enumerable: true });
document.addEventListener('submit', function () { window.submits = (window.submits || 0) + 1; });
