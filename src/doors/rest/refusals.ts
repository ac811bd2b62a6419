import {
  CREDENTIAL_KINDS,
  declarationOf,
  explain,
  type CredentialKind,
  type PresentedCredential,
  type Refusal,
  type Refused,
} from '../../gate/index.ts';
import type { Failure } from './envelope.ts';

/** What a refusal becomes on the wire: plain text where Bitbucket answers so, otherwise the envelope. */
export interface RefusalAnswer {
  /** How what was presented is to be presented: with the Basic scheme, or as a Bearer; both to whoever sent nothing. */
  readonly challenge?: 'basic' | 'bearer' | 'both';
  readonly text?: { readonly status: number; readonly body: string };
  readonly failure?: Failure;
  readonly credential: PresentedCredential | null;
}

const TOKEN_INVALID = 'Token is invalid, expired, or not supported for this endpoint.';
/** What clients wait for to exchange their refresh token. */
const TOKEN_EXPIRED = 'Access token expired.';
const WRONG_KIND = 'This API is not accessible by this authentication mechanism';
const SCOPES_MISSING = 'Your credentials lack one or more required privilege scopes.';
const TWO_STEP_NEEDED = 'To access this repository, enable two-step authentication.';
const REPOSITORY_MISSING =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.';

/** How the caller presented what was refused. */
export type Scheme = 'basic' | 'other';

/**
 * Renders a refusal. `workspace` is what the caller wrote in the path, for the sentence about a workspace that is not there.
 * Words of our own go only to whoever holds a genuine credential: everybody else hears exactly what Bitbucket says.
 */
export function answerRefusal(
  { refusal, credential }: Refused,
  scheme: Scheme,
  workspace: string | undefined,
): RefusalAnswer {
  const genuine = 'credentialId' in refusal || credential !== null;
  const data = genuine ? { data: extras(refusal, credential) } : {};
  const say = (status: number, message: string, more: Partial<Failure> = {}): RefusalAnswer => ({
    credential,
    failure: { status, message, ...more, ...data },
  });
  switch (refusal.code) {
    case 'credentials_malformed':
    case 'secret_not_ours':
    case 'secret_unknown':
      return scheme === 'basic'
        ? { credential, challenge: 'basic', text: { status: 401, body: `${explain(refusal)}\n` } }
        : { ...say(401, TOKEN_INVALID), challenge: 'bearer' };
    case 'credential_ended':
      return {
        ...say(401, isPastAccessToken(refusal) ? TOKEN_EXPIRED : TOKEN_INVALID),
        challenge: scheme === 'basic' ? 'basic' : 'bearer',
      };
    case 'page_takes_no_credential':
    case 'user_name_wrong':
    case 'scheme_wrong':
    case 'secret_elsewhere':
      return {
        ...say(401, TOKEN_INVALID),
        challenge: scheme === 'basic' ? 'basic' : 'bearer',
      };
    case 'sign_in_needed':
      return {
        ...say(401, 'Authentication is required.', { detail: explain(refusal) }),
        challenge: 'both',
      };
    case 'asker_not_accepted':
      return say(403, WRONG_KIND);
    case 'scope_missing': {
      const { required, granted } = refusal;
      return {
        ...say(403, SCOPES_MISSING, { detail: { required, granted } }),
        ...(scheme === 'other' && { challenge: 'bearer' }),
      };
    }
    case 'role_too_small':
      return say(403, roleSentence(refusal));
    case 'out_of_bounds':
      return say(403, boundSentence(refusal));
    case 'credential_paused':
    case 'account_disabled':
    case 'password_change_needed':
      return say(403, `Access denied. ${explain(refusal)}`);
    case 'two_step_needed':
      return say(403, TWO_STEP_NEEDED);
    case 'confirmation_needed':
      return say(403, WRONG_KIND);
    case 'wiki_off':
      return say(404, 'This repository has no wiki.');
    case 'target_missing':
      return say(404, missingSentence(refusal.wanted, workspace));
  }
}

const isPastAccessToken = ({ kind, state }: Refusal & { code: 'credential_ended' }): boolean =>
  kind === 'oauth_access_token' && state !== 'revoked';

/** What was asked, by which credential, what was in the way, and what would be right. */
function extras(refusal: Refusal, credential: PresentedCredential | null): Record<string, unknown> {
  const id = 'credentialId' in refusal ? refusal.credentialId : credential?.id;
  return {
    reason: refusal.code,
    ...('operation' in refusal && { operation: refusal.operation }),
    ...(id !== undefined && { credential: id }),
    ...(refusal.code === 'scope_missing' && { missing: [...refusal.missing] }),
    ...(refusal.code === 'out_of_bounds' && { bound: refusal.bound }),
    hint: explain(refusal, credential),
  };
}

/** Which of Bitbucket's sentences fits what the bound is about. */
function boundSentence({ bound, operation }: Refusal & { code: 'out_of_bounds' }): string {
  return bound === 'repositories' && declarationOf(operation).targets.every(({ on }) => on === 'repository')
    ? 'Access denied. This credential does not reach this repository.'
    : 'Access denied. This credential is confined, and this lies outside.';
}

function roleSentence({ operation, needed }: Refusal & { code: 'role_too_small' }): string {
  const [target] = declarationOf(operation).targets;
  if (target?.on === 'workspace' || needed === 'owner')
    return `Access denied. You must be ${needed} of this workspace.`;
  if (target?.on === 'repository') return `Access denied. You must have ${needed} access to this repository.`;
  return 'Forbidden';
}

function missingSentence(wanted: string, workspace: string | undefined): string {
  switch (wanted) {
    case 'repository':
      return REPOSITORY_MISSING;
    case 'workspace':
      return `No workspace with identifier '${workspace?.slice(0, 200) ?? ''}'.`;
    default:
      return 'Resource not found';
  }
}

export const credentialTypeOf = (kind: CredentialKind): string => CREDENTIAL_KINDS[kind].header;
