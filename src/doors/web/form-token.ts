import { randomBytes } from 'node:crypto';

/** For the hidden field `form_token` of a form that makes a secret: the handler asks `takeForm` before it acts. */
export const freshFormToken = (): string => randomBytes(16).toString('base64url');
