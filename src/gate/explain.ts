import { CREDENTIAL_KINDS, type CredentialKind } from './kinds.ts';
import { declarationOf } from './operations.ts';
import type { Refusal } from './refusal.ts';

const article = (kind: CredentialKind): string => {
  const { title } = CREDENTIAL_KINDS[kind];
  return `${/^[aeiou]/.test(title) ? 'an' : 'a'} ${title}`;
};

const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/**
 * What to do next, in one or two sentences of our own, for whoever was refused. Doors put it below the sentence that
 * their protocol is known for. It never speaks of a target that the asker cannot see.
 */
export function explain(refusal: Refusal): string {
  switch (refusal.code) {
    case 'credentials_malformed':
      return `The Authorization header could not be read: ${refusal.why}.`;
    case 'page_takes_no_credential':
      return 'Pages are for people who signed in; credentials are for Git and the REST API. Send the request without an Authorization header.';
    case 'secret_not_ours':
      return 'Account passwords open nothing but the sign-in page. Create an app password under Personal settings → Access management → App passwords, or a repository access token in the settings of the repository, and use that instead.';
    case 'secret_unknown':
      return 'This secret is not known here. Check that it was copied whole, or create a new one.';
    case 'credential_ended':
      return `This is ${article(refusal.kind)} (${refusal.credentialId}) that ${
        refusal.state === 'revoked' ? 'was revoked on' : 'expired on'
      } ${day(refusal.at)} UTC. Create a new one.`;
    case 'user_name_wrong':
      return `The secret is ${article(refusal.kind)} (${refusal.credentialId}) and genuine, but the user name does not belong to it: use "${refusal.expected}".`;
    case 'scheme_wrong':
      return `The secret is ${article(refusal.kind)} (${refusal.credentialId}) and genuine, but it must be sent ${
        refusal.expected === 'bearer'
          ? 'as "Authorization: Bearer …"'
          : 'as Basic, with the user name before it'
      }.`;
    case 'sign_in_needed':
      return `To ${declarationOf(refusal.operation).does}, send a credential that may do so.`;
    case 'credential_paused':
      return `This is ${article(refusal.kind)} (${refusal.credentialId}) that is paused. Whoever manages it can let it go on.`;
    case 'account_disabled':
      return 'The account behind this credential is disabled. An administrator of this host can enable it again.';
    case 'password_change_needed':
      return 'Choose a new password first.';
    case 'asker_not_accepted':
      return `It is not possible to ${declarationOf(refusal.operation).does} with this kind of credential.`;
    case 'scope_missing':
      return `To ${declarationOf(refusal.operation).does}, ${refusal.credentialId} needs the scope ${refusal.missing.join(', ')}; it has ${
        refusal.granted.length === 0 ? 'none' : refusal.granted.join(', ')
      }. Create a credential with that scope.`;
    case 'target_missing':
      return 'Check the spelling, and that the credential belongs to somebody who may see it.';
    case 'out_of_bounds':
      return `${refusal.credentialId} may not ${declarationOf(refusal.operation).does} here: ${refusal.says}.`;
    case 'role_too_small':
      return `To ${declarationOf(refusal.operation).does} takes ${refusal.needed}; ${
        refusal.held === null ? 'no role is held here' : `${refusal.held} is held here`
      }.`;
    case 'wiki_off':
      return 'The wiki of this repository is switched off; an admin can switch it on in the repository settings.';
  }
}
