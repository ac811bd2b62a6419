import { createHash, randomBytes } from 'node:crypto';

/** Tokens of browsers and of links in messages: 256 random bits, which are kept nowhere but with whoever was given them. */

const BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;

export const newToken = (): string => randomBytes(BYTES).toString('base64url');

/** Whether it may be one, which is known without the database. */
export const isToken = (text: string): boolean => FORM.test(text);

/** What is stored of one. Unkeyed on purpose: 256 random bits cannot be guessed from their digest, and no token opens more than pages. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
