import { request, type IncomingHttpHeaders } from 'node:http';
import type { Person } from '../support/world.ts';

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** As they were sent, with all their attributes. */
  readonly cookies: readonly string[];
}

export interface WebRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** A browser's part in the protocol, and nothing of its kindness: follows no redirect, sends exactly what it is told. */
export class WebClient {
  readonly #jar = new Map<string, string>();
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  get cookie(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** A form as a page of this host sends it. */
  post(path: string, form: WebRequest['form'] = {}, headers: WebRequest['headers'] = {}): Promise<WebAnswer> {
    return this.send(path, {
      method: 'POST',
      form,
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    });
  }

  get(path: string, headers: WebRequest['headers'] = {}): Promise<WebAnswer> {
    return this.send(path, { headers });
  }

  async signIn(person: Person): Promise<WebAnswer> {
    return this.post('/login', { name: person.name, password: person.password });
  }

  send(path: string, options: WebRequest): Promise<WebAnswer> {
    const body = options.form === undefined ? options.body : encode(options.form);
    const headers: Record<string, string> = {
      ...(this.#jar.size > 0 && { cookie: this.cookie }),
      ...(options.form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...options.headers,
    };
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const sent = request(
        { hostname, port, path, method: options.method ?? 'GET', headers, agent: false },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const cookies = answer.headers['set-cookie'] ?? [];
            for (const each of cookies) this.#keep(each);
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, cookies });
          });
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.#jar.delete(name);
    else this.#jar.set(name, value);
  }
}

function encode(form: NonNullable<WebRequest['form']>): string {
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) {
    for (const value of [values].flat()) body.append(name, value);
  }
  return body.toString();
}
