import type { Credential } from '../../../credentials/index.ts';
import type { CredentialKind } from '../../../gate/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { credentialLine, credentialList, relativeWords, type CredentialMark } from '../pieces/index.ts';
import { scopeChipsOf } from './scopes.ts';

const MARKS: Readonly<Record<CredentialKind, CredentialMark>> = {
  app_password: 'app-password',
  repository_access_token: 'access-token',
};

const date = (at: number): Date => new Date(at);

/** One credential as the lists show it. `action` is the button at its end, absent for one that has ended. */
export function lineOf(credential: Credential, now: Date, action?: Renderable, createdBy?: string): Html {
  return credentialLine({
    mark: MARKS[credential.kind],
    label: credential.label,
    publicId: credential.id,
    created: { at: date(credential.createdAt), by: createdBy },
    scopes: scopeChipsOf(credential.scopes),
    lastUsed: credential.lastUsedAt === null ? null : { at: date(credential.lastUsedAt) },
    expires: credential.expiresAt === null ? null : date(credential.expiresAt),
    state: credential.state,
    action,
    now,
  });
}

export const hasEnded = ({ state }: Credential): boolean => state === 'revoked' || state === 'expired';

/** The living ones with their actions, and those that have ended folded below: nothing is ever deleted. */
export function credentialLists(
  label: string,
  credentials: readonly Credential[],
  now: Date,
  action: (credential: Credential) => Renderable,
  empty: Html,
): Html {
  const living = credentials.filter((each) => !hasEnded(each));
  const ended = credentials.filter(hasEnded);
  return html`${
    living.length === 0
      ? empty
      : credentialList(
          label,
          living.map((each) => lineOf(each, now, action(each))),
        )
  }${
    ended.length > 0 &&
    html`<details class="part"><summary><span class="part-title">Revoked and expired</span> <span class="quiet">${ended.length}</span></summary><div class="part-body">${credentialList(
      `${label}, revoked and expired`,
      ended.map((each) => lineOf(each, now)),
    )}</div></details>`
  }`;
}

/** What stops when a credential is revoked, for the question before it. */
export function revokeConsequences(credential: Credential, now: Date): readonly string[] {
  const used =
    credential.lastUsedAt === null
      ? 'It has never been used, so probably nothing will stop.'
      : `It was last used ${relativeWords(date(credential.lastUsedAt), now)}. Whatever uses it is refused from the next request on.`;
  return [used, 'This cannot be undone: to let something in again, make a new one.'];
}
