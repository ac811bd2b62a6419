import { expandScopes, isScope, type Scope } from '../gate/index.ts';
import type { Consumer } from './consumers.ts';
import { OauthError } from './oauth-error.ts';

/** What an application asks a person for. */
export interface Asked {
  readonly type: 'tokens' | 'app_password';
  readonly scopes: readonly Scope[];
  /** Of an app password: what it is to be called, `WORKSPACE/NAME` of what it is to open, and its last moment. */
  readonly label: string;
  readonly repositories: readonly string[];
  readonly expiresAt: number | null;
}

const MOST_REPOSITORIES = 50;
const DAY_MS = 24 * 3600_000;
const MOST_DAYS = 3660;

/** Words of a request; Bitbucket's clients separate scopes by spaces or commas. */
export const asksInSpace = (text: string): readonly string[] => [
  ...new Set(text.split(/[ ,]+/).filter((word) => word !== '')),
];

/**
 * The scopes that a request asks for: those of the consumer when it names none. Throws `OauthError` for one that does not
 * exist, or that the consumer does not hold by itself or by what it holds.
 */
export function scopesAsked(consumer: Consumer, text: string | undefined): readonly Scope[] {
  const asked = asksInSpace(text ?? '');
  if (asked.length === 0) return consumer.scopes.filter(isScope);
  const held = expandScopes(consumer.scopes);
  return asked.map((name) => {
    if (isScope(name) && held.has(name)) return name;
    throw new OauthError(
      'invalid_scope',
      `This consumer does not hold the scope ${JSON.stringify(name.slice(0, 64))}. It holds: ${consumer.scopes.join(' ')}.`,
    );
  });
}

/**
 * Reads what is asked from the parameters of an authorization request or of a device: `scope`, and with
 * `request_type=app_password` also `label`, `repository` (several, space-separated) and `expires_in_days`. Throws `OauthError`.
 */
export function readAsked(
  consumer: Consumer,
  parameter: (name: string) => string | undefined,
  now: number,
): Asked {
  const scopes = scopesAsked(consumer, parameter('scope'));
  const type = parameter('request_type') ?? 'tokens';
  if (type === 'tokens') return { type, scopes, label: consumer.name, repositories: [], expiresAt: null };
  if (type !== 'app_password') {
    throw new OauthError(
      'invalid_request',
      'The request_type is app_password, or absent where tokens are asked for.',
    );
  }
  const repositories = asksInSpace(parameter('repository') ?? '');
  if (repositories.length > MOST_REPOSITORIES || repositories.some((name) => name.length > 200)) {
    throw new OauthError('invalid_request', `Ask for at most ${MOST_REPOSITORIES} repositories.`);
  }
  const days = parameter('expires_in_days');
  if (days !== undefined && !(/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= MOST_DAYS)) {
    throw new OauthError('invalid_request', `The expires_in_days is a number from 1 to ${MOST_DAYS}.`);
  }
  return {
    type,
    scopes,
    label: (parameter('label') ?? consumer.name)
      .replaceAll(/[\p{C}]/gu, ' ')
      .trim()
      .slice(0, 100),
    repositories,
    expiresAt: days === undefined ? null : now + Number(days) * DAY_MS,
  };
}
