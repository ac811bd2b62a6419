import { CREDENTIAL_KINDS, kindWithArticle } from './kinds.ts';
import { declarationOf, scopesFor, type OperationName } from './operations.ts';
import type { PresentedCredential, Refusal } from './refusal.ts';

const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** What would be right where a bound is in the way: bounds are never taken off, so it is always another credential, place or time. */
const INSTEAD: Readonly<Record<string, string>> = {
  repositories: 'Use a credential that opens this one, or create one.',
  refs: 'Push what it may push, or create a credential for the rest.',
  paths: 'Change only what it may change, or create a credential for the rest.',
  networks: 'Use it from there, or create one that may be used from here.',
  time: 'Use it then, or create one that may be used now.',
  uses: 'Create a new one.',
  pushes: 'Create a new one.',
};

/** How a credential ended, and what to do then. */
const ENDINGS = {
  revoked: ['was revoked on', 'Create a new one.'],
  expired: ['expired on', 'Create a new one.'],
  replaced: [
    'was replaced, and stopped on',
    'Use the one that took its place: whoever made that has its secret.',
  ],
} as const;

/**
 * What to do next, in one or two sentences of our own, for whoever was refused. Doors put it below the sentence that
 * their protocol is known for. It names the operation, the public id of the credential that was presented, what was in
 * the way and what would be right; it never speaks of a target that the asker cannot see.
 */
export function explain(refusal: Refusal, presented: PresentedCredential | null = null): string {
  switch (refusal.code) {
    case 'credentials_malformed':
      return `The Authorization header could not be read: ${refusal.why}.`;
    case 'page_takes_no_credential':
      return 'Pages are for people who signed in; credentials are for Git and the REST API. Send the request without an Authorization header.';
    case 'secret_not_ours':
      return 'This secret is not of this host: an account password opens nothing but the sign-in page, and a secret of Bitbucket Cloud nothing here. Create an app password or an API token under Personal settings → Access management, or an access token in the settings of the repository, its project or its workspace, and use that instead.';
    case 'secret_unknown':
      return 'This secret is not known here. Check that it was copied whole, or create a new one.';
    case 'credential_ended': {
      const [ended, instead] = ENDINGS[refusal.state];
      return `This is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) that ${ended} ${day(refusal.at)} UTC. ${instead}`;
    }
    case 'user_name_wrong':
      return `The secret is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) and genuine, but the user name does not belong to it: use ${refusal.expected.join(' or ')}.`;
    case 'scheme_wrong':
      return `The secret is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) and genuine, but it must be sent ${
        refusal.expected === 'bearer'
          ? 'as "Authorization: Bearer …"'
          : 'as Basic, with the user name before it'
      }.`;
    case 'secret_elsewhere': {
      const declared = CREDENTIAL_KINDS[refusal.kind];
      const elsewhere = 'elsewhere' in declared ? declared.elsewhere : undefined;
      return `This is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}), which opens nothing here${elsewhere === undefined ? '' : `: ${elsewhere}`}.`;
    }
    case 'sign_in_needed':
      return `To ${declarationOf(refusal.operation).does}, send a credential that may do so.`;
    case 'credential_paused':
      if (refusal.from === undefined && refusal.above !== undefined)
        return `This is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) that came of ${refusal.above}, which is paused. Whoever manages that can resume it.`;
      return refusal.from === undefined
        ? `This is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) that is paused. Whoever manages it can resume it.`
        : `This is ${kindWithArticle(refusal.kind)} (${refusal.credentialId}) that may be used from ${day(refusal.from)} UTC on.`;
    case 'account_disabled':
      return `The account behind ${presented === null ? 'this credential' : presented.id} is disabled. An administrator of this host can enable it again.`;
    case 'password_change_needed':
      return 'Choose a new password first.';
    case 'two_step_needed':
      return refusal.workspace === undefined
        ? 'This host asks for two-step verification of everybody. Turn it on under Personal settings → Two-step verification; keys, app passwords and API tokens then go on working as they are.'
        : 'This workspace asks for two-step verification of its people. Turn it on under Personal settings → Two-step verification; keys, app passwords and API tokens then go on working as they are.';
    case 'confirmation_needed':
      return `To ${declarationOf(refusal.operation).does}, confirm first that it is you: the last time was too long ago.`;
    case 'asker_not_accepted':
      return `It is not possible to ${declarationOf(refusal.operation).does} with ${
        presented === null
          ? 'this kind of credential'
          : `${kindWithArticle(presented.kind)} (${presented.id})`
      }. ${whoMay(refusal.operation)}`;
    case 'scope_missing':
      return `To ${declarationOf(refusal.operation).does}, ${refusal.credentialId} needs the scope ${refusal.missing.join(', ')}; it has ${
        refusal.granted.length === 0 ? 'none' : refusal.granted.join(', ')
      }. Create a credential with that scope.`;
    case 'target_missing':
      return 'Check the spelling, and that the credential belongs to somebody who may see it.';
    case 'out_of_bounds':
      return [
        `${refusal.credentialId} may not ${declarationOf(refusal.operation).does} here: ${refusal.says}.`,
        INSTEAD[refusal.bound] ?? '',
      ]
        .join(' ')
        .trim();
    case 'role_too_small':
      return `To ${declarationOf(refusal.operation).does} takes ${refusal.needed}; ${
        refusal.held === null ? 'no role is held here' : `${refusal.held} is held here`
      }${presented === null ? '' : ` by the owner of ${presented.id}`}. ${
        refusal.needed === 'owner'
          ? 'Owners of the workspace can do it.'
          : 'Whoever is admin here can give it.'
      }`;
    case 'wiki_off':
      return 'The wiki of this repository is switched off; an admin can switch it on in the repository settings.';
  }
}

/** Who may ask for an operation that this kind of credential may not. */
function whoMay(operation: OperationName): string {
  const { kinds, askers } = declarationOf(operation);
  if (kinds.length > 0) {
    const alike = Map.groupBy(kinds, (kind) => {
      const scopes = scopesFor(operation, kind);
      return scopes === 'any' ? '' : ` with ${scopes.join(' and ')}`;
    });
    const named = [...alike].map(([scopes, each]) => `${each.map(kindWithArticle).join(' or ')}${scopes}`);
    return `It takes ${named.join(', or ')}.`;
  }
  if (askers.includes('session')) return 'People do it on the web pages, signed in.';
  return askers.includes('operator')
    ? 'It is done on the command line of the server.'
    : 'The host does it by itself.';
}
