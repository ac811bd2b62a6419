import type { HeldBound } from './bounds/index.ts';
import type { CredentialKind } from './kinds.ts';

/** The live state of the account behind a principal. */
export interface AccountSubject {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly state: 'active' | 'disabled';
  readonly isAdministrator: boolean;
  readonly mustChangePassword: boolean;
  /** Two-step verification is on: an authenticator app, a passkey or a security key stands beside the password. */
  readonly hasTwoStep: boolean;
  /** The host wants two-step verification of everybody, and this account has none. */
  readonly mustEnrolTwoStep: boolean;
}

/** The bot behind an access token or an access key. */
export interface AppUserSubject {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
}

export interface CredentialPrincipal {
  readonly type: 'credential';
  /** Public id (`cred_…`), safe to show and to log. */
  readonly credentialId: string;
  readonly kind: CredentialKind;
  readonly label: string;
  /** As held, never expanded. */
  readonly scopes: readonly string[];
  readonly bounds: readonly HeldBound[];
  /** Public id of what it came of in the end; its own, where it came of nothing. */
  readonly originId: string;
  readonly owner:
    | { readonly type: 'account'; readonly account: AccountSubject }
    | {
        readonly type: 'repository';
        readonly repositoryId: string;
        readonly workspaceId: string;
        readonly appUser: AppUserSubject;
      }
    | {
        readonly type: 'project';
        readonly projectId: string;
        readonly workspaceId: string;
        readonly appUser: AppUserSubject;
      }
    | { readonly type: 'workspace'; readonly workspaceId: string; readonly appUser: AppUserSubject }
    | {
        readonly type: 'places';
        /** Where the key may be used now, each with the role that it has there. */
        readonly places: readonly KeyPlace[];
        readonly appUser: AppUserSubject;
      }
    | ConsumerOwner;
}

/** An OAuth consumer, through its app user: it reaches what its own workspace holds. */
export interface ConsumerOwner {
  readonly type: 'consumer';
  readonly consumerId: string;
  /** What it calls itself in requests: `client_id`, the key. */
  readonly clientId: string;
  readonly workspaceId: string;
  readonly appUser: AppUserSubject;
}

/** A repository, or all repositories of a project, that an access key opens. */
export interface KeyPlace {
  readonly on: 'repository' | 'project';
  readonly id: string;
  readonly role: 'read' | 'write';
}

export interface SessionPrincipal {
  readonly type: 'session';
  readonly sessionId: string;
  /** When the person last proved to be there, in milliseconds since 1970: by signing in, or by confirming since. */
  readonly confirmedAt: number;
  readonly account: AccountSubject;
}

/** Whoever presented nothing. */
export interface AnonymousPrincipal {
  readonly type: 'anonymous';
}

/** The command line, by its access to the data folder. */
export interface OperatorPrincipal {
  readonly type: 'operator';
}

/** A named task of the host itself. */
export interface JobPrincipal {
  readonly type: 'job';
  readonly name: string;
}

export type PrincipalData =
  | CredentialPrincipal
  | SessionPrincipal
  | AnonymousPrincipal
  | OperatorPrincipal
  | JobPrincipal;

/** The account that a principal acts for, if it acts for one. */
export function accountOf(principal: PrincipalData): AccountSubject | null {
  if (principal.type === 'session') return principal.account;
  return principal.type === 'credential' && principal.owner.type === 'account'
    ? principal.owner.account
    : null;
}

/** The bot that a principal acts as, where it acts for a resource and not for a person. */
export function appUserOf(principal: PrincipalData): AppUserSubject | null {
  return principal.type === 'credential' && principal.owner.type !== 'account'
    ? principal.owner.appUser
    : null;
}
