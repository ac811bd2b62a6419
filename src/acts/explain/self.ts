import { findAccount, type Account } from '../../accounts/index.ts';
import { appUsersOf, type AppUser } from '../../credentials/app-users.ts';
import { actingRow, endOfLine, findById } from '../../credentials/index.ts';
import { examine } from '../../entry/examine.ts';
import {
  CREDENTIAL_KINDS,
  declarationOf,
  encodeBound,
  explain,
  heldScopes,
  Refused,
  type AnyScope,
  type CredentialKind,
  type CredentialPrincipal,
  type Grant,
  type OperationName,
} from '../../gate/index.ts';
import { findWorkspace, projectById, repositoryById } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { appUserOfConsumer } from '../oauth/app-user.ts';
import { isSeen } from './factors.ts';
import { boundsWithinReach } from './own-bounds.ts';
import { operationsOn, repositoryNamed } from './questions.ts';
import { boundsInWords, remaining } from './words.ts';

/** What a credential may know of itself. */
export interface CredentialSelf {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly title: string;
  readonly label: string;
  /** As held. */
  readonly scopes: readonly string[];
  /** With what they contain. */
  readonly expandedScopes: readonly AnyScope[];
  readonly bounds: readonly {
    readonly kind: string;
    /** As it is stored; null for a bound that this version cannot judge. */
    readonly value: Readonly<Record<string, unknown>> | null;
    readonly words: string;
  }[];
  readonly createdAt: number;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  readonly remainingUses: number | null;
  readonly remainingPushes: number | null;
  readonly owner:
    | { readonly type: 'account'; readonly account: Account }
    | {
        readonly type: 'repository';
        readonly repository: { readonly id: string; readonly fullName: string };
        readonly appUser: AppUser & { readonly email: string };
      }
    | {
        readonly type: 'project';
        readonly project: { readonly id: string; readonly key: string; readonly name: string };
        readonly appUser: AppUser & { readonly email: string };
      }
    | {
        readonly type: 'workspace';
        readonly workspace: { readonly id: string; readonly slug: string; readonly name: string };
        readonly appUser: AppUser & { readonly email: string };
      }
    | { readonly type: 'consumer'; readonly appUser: AppUser & { readonly email: string } };
  /** What it may do on the repository that was asked about. */
  readonly repository: RepositoryStanding | null;
}

export interface RepositoryStanding {
  /** As it is called, or as it was written where nothing that the credential holds reaches a repository. */
  readonly fullName: string;
  readonly operations: readonly {
    readonly operation: OperationName;
    readonly does: string;
    readonly allowed: boolean;
    readonly reason: string | null;
  }[];
}

/**
 * What the grant's credential is, and, where a repository is named, what it may do there. Throws `Refused` for a
 * repository that it would be told is missing, and `Problem` for what is no name of one.
 */
export async function viewSelf(
  services: Services,
  grant: Grant<'credential.self'>,
  input: { readonly repository?: string | undefined } = {},
): Promise<CredentialSelf> {
  const { principal: admitted } = grant;
  if (admitted.type !== 'credential') throw new TypeError('Only a credential asks about itself.');
  const { credentialId } = admitted;
  const examination = await examine(services, { ...moment(services, grant), credentialId, questions: [] });
  const found = await findById(services.database, credentialId);
  if (examination === undefined || found === undefined) throw new Refused({ code: 'secret_unknown' });
  const { principal } = examination;
  const bounds = await boundsWithinReach(services, principal);
  const words = await boundsInWords(services, bounds, principal);
  const { uses, pushes } = remaining(principal);
  return {
    id: credentialId,
    kind: principal.kind,
    title: CREDENTIAL_KINDS[principal.kind].title,
    label: principal.label,
    scopes: principal.scopes,
    expandedScopes: [...heldScopes(principal.scopes)],
    bounds: bounds.map((bound, index) => ({
      kind: bound.kind === 'unknown' ? bound.name : bound.kind,
      value: bound.kind === 'unknown' ? null : encodeBound(bound),
      words: words[index] ?? '',
    })),
    createdAt: found.row.created_at,
    notBefore: found.row.not_before,
    expiresAt: endOfLine(found),
    remainingUses: uses,
    remainingPushes: pushes,
    owner: await ownerOf(services, principal, actingRow(found)),
    repository:
      input.repository === undefined ? null : await standing(services, grant, principal, input.repository),
  };
}

const moment = (services: Services, grant: Grant<'credential.self'>) => ({
  address: grant.address,
  now: services.clock(),
});

async function ownerOf(
  services: Services,
  { owner }: CredentialPrincipal,
  row: { readonly app_user_account_id: string | null },
): Promise<CredentialSelf['owner']> {
  if (owner.type === 'account') {
    const account = await findAccount(services.database, `{${owner.account.id}}`);
    if (account === undefined) throw new Refused({ code: 'secret_unknown' });
    return { type: 'account', account };
  }
  if (owner.type === 'consumer') {
    const appUser = await appUserOfConsumer(services, owner.consumerId);
    return { type: 'consumer', appUser: { ...appUser, email: owner.appUser.email } };
  }
  // Not as old as the credential is: it acts for whatever was replaced before, too.
  const [found] = await appUsersOf(services.database, [row.app_user_account_id ?? '']);
  const resource = await resourceOf(services, owner);
  if (found === undefined || resource === undefined) throw new Refused({ code: 'secret_unknown' });
  return { ...resource, appUser: { ...found, email: owner.appUser.email } };
}

/** What an access token belongs to; undefined where that is gone. */
async function resourceOf({ database }: Services, owner: CredentialPrincipal['owner']) {
  switch (owner.type) {
    case 'repository': {
      const repository = await repositoryById(database, owner.repositoryId);
      return (
        repository && {
          type: owner.type,
          repository: { id: repository.id, fullName: `${repository.workspace.slug}/${repository.slug}` },
        }
      );
    }
    case 'project': {
      const project = await projectById(database, owner.projectId);
      return (
        project && {
          type: owner.type,
          project: { id: owner.projectId, key: project.key, name: project.name },
        }
      );
    }
    case 'workspace': {
      const workspace = await findWorkspace(database, `{${owner.workspaceId}}`);
      return (
        workspace && {
          type: owner.type,
          workspace: { id: workspace.id, slug: workspace.slug, name: workspace.name },
        }
      );
    }
    // An access key has no door at which it could ask this.
    case 'places':
    case 'account':
    case 'consumer':
      return undefined;
  }
}

async function standing(
  services: Services,
  grant: Grant<'credential.self'>,
  principal: CredentialPrincipal,
  name: string,
): Promise<RepositoryStanding> {
  const { credentialId, kind, scopes } = principal;
  const targets = [repositoryNamed(name)];
  const examination = await examine(services, {
    ...moment(services, grant),
    credentialId,
    questions: operationsOn(kind).map((operation) => ({ operation, targets })),
  });
  const answers = examination?.answers ?? [];
  const presented = { id: credentialId, kind, scopes };
  for (const { verdict } of answers) {
    // As every other route says it: what cannot be seen is not there.
    if (!verdict.allowed && verdict.refusal.code === 'target_missing')
      throw new Refused(verdict.refusal, presented);
  }
  // Where every answer was no before the target was looked at, nothing is said of the target either.
  const reached = answers.some(({ verdict }) => verdict.allowed || REACHED.has(verdict.refusal.code));
  const target = answers[0]?.question.targets[0];
  const seen = reached && target?.type === 'repository' && isSeen(principal, target);
  return {
    fullName: seen ? `${target.workspace.slug}/${target.slug}` : name.trim(),
    operations: answers.map(({ question: { operation }, verdict }) => ({
      operation,
      does: declarationOf(operation).does,
      allowed: verdict.allowed,
      reason: verdict.allowed ? null : explain(verdict.refusal, presented),
    })),
  };
}

const REACHED: ReadonlySet<string> = new Set(['role_too_small', 'two_step_needed', 'wiki_off']);
