import { randomBytes } from 'node:crypto';

const MOST_REMEMBERED = 10_000;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

/**
 * Keeps a form that creates a secret from creating two: a reload of the answer sends the same form again. The form
 * carries a fresh token in a hidden field (`hidden: { form_token: forms.token() }`); the handler asks `take` before it acts.
 */
export class SingleUse {
  /** In the order in which they were used, so that the oldest can be forgotten first. */
  readonly #used = new Set<string>();

  token(): string {
    return randomBytes(16).toString('base64url');
  }

  /** True the first time that this session sends this token; false for a repeated, missing or malformed one. */
  take(sessionId: string, token: string): boolean {
    const key = `${sessionId} ${token}`;
    if (!TOKEN.test(token) || this.#used.has(key)) return false;
    this.#used.add(key);
    for (const oldest of this.#used) {
      if (this.#used.size <= MOST_REMEMBERED) break;
      this.#used.delete(oldest);
    }
    return true;
  }
}
