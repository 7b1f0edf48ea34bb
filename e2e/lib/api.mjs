// The REST API as the app uses it: cookies, same-origin requests.
import assert from 'node:assert/strict';
import { OWNER } from './server.mjs';

export class Api {
  #cookies = new Map();

  constructor(url) {
    this.url = url;
  }

  /** Makes the owner with the printed link, and is signed in. */
  static async setUp(server) {
    const api = new Api(server.url);
    const token = server.setupLink.split('#')[1];
    await api.must('POST', '/api/v1/setup', { token, ...OWNER });
    return api;
  }

  /** Signed in as somebody. */
  static async signIn(server, { email, password }) {
    const api = new Api(server.url);
    await api.post('/session', { email, password });
    return api;
  }

  async call(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(this.#cookies.size ? { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.#cookies.set(name, value);
    }
    return response;
  }

  async must(method, path, body, headers) {
    const response = await this.call(method, path, body, headers);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
  }

  get(path) {
    return this.must('GET', `/api/v1${path}`);
  }

  post(path, body, headers) {
    return this.must('POST', `/api/v1${path}`, body, headers);
  }

  /** The session's cookies for a browser context. */
  cookies() {
    return [...this.#cookies].map(([name, value]) => ({ name, value, url: this.url, secure: true, httpOnly: true, sameSite: 'Strict' }));
  }

  /** Changes a form's draft with `change(definition)` and publishes it; answers the form. */
  async publish(id, change = () => {}) {
    const form = await this.get(`/forms/${id}`);
    change(form.definition);
    await this.must('PUT', `/api/v1/forms/${id}`, { name: form.name, definition: form.definition }, { 'if-match': `"${form.version}"` });
    const saved = await this.get(`/forms/${id}`);
    await this.must('POST', `/api/v1/forms/${id}/publish`, undefined, { 'if-match': `"${saved.version}"` });
    return this.get(`/forms/${id}`);
  }

  async makeForm(name, template, change, language = 'pl') {
    const { id } = await this.post('/forms', { name, template, language });
    return this.publish(id, change);
  }

  async clients() {
    return (await this.post('/clients/search', { limit: 200 })).items;
  }

  async submissions() {
    return (await this.get('/submissions?limit=200')).items;
  }
}
