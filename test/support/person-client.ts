/** A person at the HTTP interface of a running gate, with a session of his own. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export class PersonClient {
  readonly #base: string;
  #cookie = '';

  constructor(panelPort: number) {
    this.#base = `http://127.0.0.1:${panelPort}`;
  }

  async signIn(name: string, password: string): Promise<Answered> {
    return this.post('/api/session', { name, password });
  }

  get(path: string): Promise<Answered> {
    return this.#ask('GET', path);
  }

  post(path: string, body: object = {}): Promise<Answered> {
    return this.#ask('POST', path, body);
  }

  async #ask(method: string, path: string, body?: object): Promise<Answered> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        'x-kakou-request': '1',
        // Between two acts of a person the gate may have closed an idle connection.
        connection: 'close',
        ...(this.#cookie && { cookie: this.#cookie }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie) this.#cookie = cookie.split(';', 1)[0] ?? '';
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }
}
