import type { AnyScope } from './catalogues.ts';
import type { CredentialKind } from './kinds.ts';
import type { OperationName } from './operations.ts';
import type { Role } from './roles.ts';
import type { TargetType } from './targets.ts';

/**
 * A typed no. Doors render it in their dialect; they never decide on their own.
 *
 * The first group says who was asking could not be established (HTTP 401: the secret is unknown, or will never work
 * again); the second that they may not (403, or 404 where the asker must not learn that the target exists).
 */
export type Refusal =
  // Identity
  | { readonly code: 'credentials_malformed'; readonly why: string }
  | { readonly code: 'page_takes_no_credential' }
  | { readonly code: 'secret_not_ours' }
  | { readonly code: 'secret_unknown' }
  | {
      readonly code: 'credential_ended';
      readonly credentialId: string;
      readonly kind: CredentialKind;
      /** `replaced`: another one took its place, and its time beside that is over. */
      readonly state: 'revoked' | 'expired' | 'replaced';
      readonly at: number;
    }
  | {
      readonly code: 'user_name_wrong';
      readonly credentialId: string;
      readonly kind: CredentialKind;
      /** Any of them would be right; each as a sentence names it. */
      readonly expected: readonly string[];
    }
  | {
      readonly code: 'scheme_wrong';
      readonly credentialId: string;
      readonly kind: CredentialKind;
      readonly expected: 'basic' | 'bearer';
    }
  | {
      /** Genuine, and of a kind that neither REST nor Git accepts. */
      readonly code: 'secret_elsewhere';
      readonly credentialId: string;
      readonly kind: CredentialKind;
    }
  | { readonly code: 'sign_in_needed'; readonly operation: OperationName }
  // Permission
  | {
      readonly code: 'credential_paused';
      /** Public id of what it came of, where that is paused. */
      readonly above?: string;
      readonly credentialId: string;
      readonly kind: CredentialKind;
      /** Its first moment, where that is still to come. */
      readonly from?: number;
    }
  | { readonly code: 'account_disabled' }
  | { readonly code: 'password_change_needed' }
  /** Two-step verification is asked for and is not on; `workspace` names the one that asks, without it the host does. */
  | { readonly code: 'two_step_needed'; readonly workspace?: string }
  /** A session that would have to be confirmed anew. */
  | { readonly code: 'confirmation_needed'; readonly operation: OperationName }
  | { readonly code: 'asker_not_accepted'; readonly operation: OperationName }
  | {
      readonly code: 'scope_missing';
      readonly operation: OperationName;
      readonly credentialId: string;
      readonly required: readonly AnyScope[];
      readonly granted: readonly string[];
      readonly missing: readonly AnyScope[];
    }
  | { readonly code: 'target_missing'; readonly wanted: TargetType; readonly position: number }
  | {
      readonly code: 'out_of_bounds';
      readonly operation: OperationName;
      readonly credentialId: string;
      readonly bound: string;
      /** What the bound permits and what this was, in words that complete "the credential is refused: …". */
      readonly says: string;
    }
  | {
      readonly code: 'role_too_small';
      readonly operation: OperationName;
      readonly needed: string;
      readonly held: Role | 'member' | null;
    }
  | { readonly code: 'wiki_off' };

export type RefusalCode = Refusal['code'];

/** A genuine credential that was presented, as an answer may name it. */
export interface PresentedCredential {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly scopes: readonly string[];
}

/** Thrown by entry and caught by each door's one error renderer. Carries what the headers of an answer may say. */
export class Refused extends Error {
  readonly refusal: Refusal;
  /** The genuine credential that was presented, if one was. */
  readonly credential: PresentedCredential | null;

  constructor(refusal: Refusal, credential: PresentedCredential | null = null) {
    super(refusal.code);
    this.name = 'Refused';
    this.refusal = refusal;
    this.credential = credential;
  }
}
