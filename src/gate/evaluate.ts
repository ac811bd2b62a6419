import {
  judgeTarget as judgeBounds,
  judgePush,
  judgeUse,
  type Circumstances,
  type HeldBound,
  type Violation,
  describeBound,
} from './bounds/index.ts';
import { heldScopes } from './catalogues.ts';
import {
  CONFIRMATION_MS,
  declarationOf,
  scopesFor,
  type Need,
  type OperationDeclaration,
  type OperationName,
} from './operations.ts';
import {
  accountOf,
  appUserOf,
  type CredentialPrincipal,
  type PrincipalData,
  type SessionPrincipal,
} from './principal.ts';
import type { Refusal } from './refusal.ts';
import { roleReaches, strongerRole, type Role } from './roles.ts';
import type { PresentTarget, RepositoryFacts, TargetFacts, WorkspaceFacts } from './targets.ts';
import { visibilityOf, type Visibility } from './visibility.ts';

export interface Question {
  readonly operation: OperationName;
  readonly principal: PrincipalData;
  /** One for each declared target, in order. */
  readonly targets: readonly TargetFacts[];
  readonly circumstances: Circumstances;
}

export type Verdict =
  | {
      readonly allowed: true;
      readonly operation: OperationName;
      readonly targets: readonly PresentTarget[];
      /** What a list operation may show; null for every other operation. */
      readonly visibility: Visibility | null;
    }
  | { readonly allowed: false; readonly refusal: Refusal };

const refuse = (refusal: Refusal): Verdict => ({ allowed: false, refusal });

/**
 * The one decision: may this principal do this to these targets? Pure: everything it knows is in the question.
 *
 * Order matters to what is told. Whatever concerns the asker alone (kind, state, scopes) is judged before any target is
 * looked at, so that it says nothing about targets; whether a target can be seen at all is judged before roles, so that
 * a private repository and a missing one refuse alike. A fresh confirmation is asked for last, of those who may: nobody
 * confirms in order to be refused.
 */
export function evaluate(question: Question): Verdict {
  const { operation, principal } = question;
  const declaration = declarationOf(operation);
  const asker = judgeAsker(operation, declaration, principal, question.circumstances);
  if (asker !== null) return refuse(asker);

  // A question with too few targets must not pass because nothing was left to judge.
  if (question.targets.length !== declaration.targets.length) {
    return refuse({ code: 'asker_not_accepted', operation });
  }
  const present: PresentTarget[] = [];
  for (const [position, need] of declaration.targets.entries()) {
    const target = question.targets[position];
    if (target === undefined || target.type === 'missing' || target.type !== need.on) {
      return refuse({ code: 'target_missing', wanted: need.on, position });
    }
    const refusal = judgeTarget(operation, need, target, principal, position);
    if (refusal !== null) return refuse(refusal);
    present.push(target);
  }
  if (declaration.fresh === true && principal.type === 'session' && isStale(principal, question)) {
    return refuse({ code: 'confirmation_needed', operation });
  }
  const visibility = declaration.lists === undefined ? null : visibilityOf(principal, present[0]);
  return { allowed: true, operation, targets: present, visibility };
}

const isStale = ({ confirmedAt }: SessionPrincipal, { circumstances }: Question): boolean =>
  circumstances.now - confirmedAt > CONFIRMATION_MS;

function judgeAsker(
  operation: OperationName,
  declaration: OperationDeclaration,
  principal: PrincipalData,
  circumstances: Circumstances,
): Refusal | null {
  switch (principal.type) {
    case 'anonymous':
      return declaration.askers.includes('anonymous') ? null : { code: 'sign_in_needed', operation };
    case 'operator':
    case 'job':
      return declaration.askers.includes(principal.type) ? null : { code: 'asker_not_accepted', operation };
    case 'session':
      if (principal.account.state !== 'active') return { code: 'account_disabled' };
      if (!declaration.askers.includes('session')) return { code: 'asker_not_accepted', operation };
      if (principal.account.mustChangePassword && declaration.beforePasswordChange !== true) {
        return { code: 'password_change_needed' };
      }
      return principal.account.mustEnrolTwoStep && declaration.beforeTwoStep !== true
        ? { code: 'two_step_needed' }
        : null;
    case 'credential':
      return judgeCredential(operation, declaration, principal, circumstances);
  }
}

function judgeCredential(
  operation: OperationName,
  declaration: OperationDeclaration,
  principal: CredentialPrincipal,
  circumstances: Circumstances,
): Refusal | null {
  if (accountOf(principal)?.state === 'disabled') return { code: 'account_disabled' };
  if (accountOf(principal)?.mustEnrolTwoStep === true && declaration.beforeTwoStep !== true) {
    return { code: 'two_step_needed' };
  }
  if (!declaration.kinds.includes(principal.kind)) return { code: 'asker_not_accepted', operation };
  const wanted = scopesFor(operation, principal.kind);
  if (wanted !== 'any') {
    const held = heldScopes(principal.scopes);
    const missing = wanted.filter((scope) => !held.has(scope));
    if (missing.length > 0) {
      return {
        code: 'scope_missing',
        operation,
        credentialId: principal.credentialId,
        required: wanted,
        granted: principal.scopes,
        missing,
      };
    }
  }
  const unjudged = principal.bounds.find((bound) => !canJudge(declaration, bound));
  if (unjudged !== undefined) return outOfBounds(operation, principal, cannotBeJudged(unjudged));
  const violation =
    judgeUse(principal.bounds, circumstances) ??
    (declaration.opens?.access === 'write' ? judgePush(principal.bounds) : null);
  return violation === null ? null : outOfBounds(operation, principal, violation);
}

const canJudge = (declaration: OperationDeclaration, bound: HeldBound): boolean =>
  bound.kind !== 'unknown' && declaration.judges.includes(bound.kind);

const cannotBeJudged = (bound: HeldBound): Violation =>
  bound.kind === 'unknown'
    ? {
        bound: 'unknown',
        says: `it carries a bound "${bound.name}" that this version of the host cannot judge`,
      }
    : {
        bound: bound.kind,
        says: `it is confined (${describeBound(bound)}), and this cannot be judged under such a bound`,
      };

const outOfBounds = (
  operation: OperationName,
  principal: CredentialPrincipal,
  violation: Violation,
): Refusal => ({
  code: 'out_of_bounds',
  operation,
  credentialId: principal.credentialId,
  ...violation,
});

function judgeTarget(
  operation: OperationName,
  need: Need,
  target: PresentTarget,
  principal: PrincipalData,
  position: number,
): Refusal | null {
  if (principal.type === 'operator' || principal.type === 'job') {
    // Trusted for roles, by access to the data folder; what does not exist still cannot be acted on.
    return need.on === 'repository' && need.wiki === true && target.type === 'repository' && !target.hasWiki
      ? { code: 'wiki_off' }
      : null;
  }
  const missing: Refusal = { code: 'target_missing', wanted: need.on, position };
  switch (need.on) {
    case 'repository':
      return target.type === 'repository'
        ? judgeRepository(operation, need, target, principal, missing)
        : missing;
    case 'workspace':
      return target.type === 'workspace'
        ? judgeWorkspace(operation, need.is, target, principal, missing)
        : missing;
    case 'account':
      if (target.type !== 'account') return missing;
      if (need.is === 'anyone' || accountOf(principal)?.id === target.id) return null;
      return appUserOf(principal)?.id !== target.id
        ? missing
        : need.is === 'self_or_app_user'
          ? null
          : { code: 'asker_not_accepted', operation };
    case 'host':
      return target.type === 'host'
        ? judgeHost(operation, need.is, target.peopleMayCreateWorkspaces, principal)
        : missing;
  }
}

/**
 * The role that counts: the owner factor of the second law. For an account, what it holds now, or what is public; for what
 * belongs to a resource, what was given to that, and nothing else; for everybody else, what is public.
 */
export function liveRole(principal: PrincipalData, target: RepositoryFacts): Role | null {
  const given = givenRole(principal, target);
  return appUserOf(principal) === null ? strongerRole(given, target.isPrivate ? null : 'read') : given;
}

/**
 * The role that is held, whatever is public: by an account, what it was given or owns; by an access token, its resource
 * itself or what lies in it; by an access key, its places; by an OAuth consumer, what its workspace holds.
 */
export function givenRole(principal: PrincipalData, target: RepositoryFacts): Role | null {
  const owner = principal.type === 'credential' ? principal.owner : null;
  switch (owner?.type) {
    case 'repository':
      return owner.repositoryId === target.id ? 'admin' : null;
    case 'project':
      return owner.projectId === target.projectId ? 'admin' : null;
    case 'workspace':
    case 'consumer':
      return owner.workspaceId === target.workspace.id ? 'admin' : null;
    case 'places':
      return owner.places
        .filter(({ on, id }) => id === (on === 'repository' ? target.id : target.projectId))
        .reduce<Role | null>((best, { role }) => strongerRole(best, role), null);
    case 'account':
    case undefined:
      return accountOf(principal) === null || lacksTwoStep(principal, target.workspace) ? null : target.role;
  }
}

/** Whether a workspace keeps from an account what it holds there, for want of two-step verification. */
function lacksTwoStep(
  principal: PrincipalData,
  { requiresTwoStep }: Pick<WorkspaceFacts, 'requiresTwoStep'>,
): boolean {
  return requiresTwoStep && accountOf(principal)?.hasTwoStep === false;
}

const OPENS_OTHERS = {
  account: 'it opens what its owner may read',
  repository: 'it belongs to another repository and opens that one alone',
  project: 'it belongs to another project and opens the repositories of that one alone',
  workspace: 'it belongs to another workspace and opens what that one holds',
  places: 'it is an access key of other repositories and opens those alone',
  consumer: 'it belongs to another workspace and opens what that one holds',
} as const;

function judgeRepository(
  operation: OperationName,
  need: Need & { on: 'repository' },
  target: RepositoryFacts,
  principal: PrincipalData,
  missing: Refusal,
): Refusal | null {
  const role = liveRole(principal, target);
  const counted = need.given === true ? givenRole(principal, target) : role;
  if (
    !roleReaches(counted, need.role) &&
    accountOf(principal) !== null &&
    target.role !== null &&
    lacksTwoStep(principal, target.workspace)
  ) {
    return { code: 'two_step_needed', workspace: target.workspace.slug };
  }
  if (role === null) {
    // A token of another repository learns nothing about a private one, and is told why on a public one.
    if (target.isPrivate || principal.type !== 'credential') return missing;
    return outOfBounds(operation, principal, {
      bound: 'repositories',
      says: OPENS_OTHERS[principal.owner.type],
    });
  }
  if (principal.type === 'credential') {
    const violation = judgeBounds(principal.bounds, target, false);
    if (violation !== null) return outOfBounds(operation, principal, violation);
  }
  if (!roleReaches(counted, need.role)) {
    if (principal.type === 'anonymous') return { code: 'sign_in_needed', operation };
    return { code: 'role_too_small', operation, needed: need.role, held: counted };
  }
  if (need.owner === true && !target.isOwned) {
    return { code: 'role_too_small', operation, needed: 'owner', held: role };
  }
  return need.wiki === true && !target.hasWiki ? { code: 'wiki_off' } : null;
}

function judgeWorkspace(
  operation: OperationName,
  needed: 'viewer' | 'member' | 'creator' | 'owner',
  target: WorkspaceFacts,
  principal: PrincipalData,
  missing: Refusal,
): Refusal | null {
  const owner = principal.type === 'credential' ? principal.owner : null;
  const isWithin =
    (owner?.type === 'repository' || owner?.type === 'project') && owner.workspaceId === target.id;
  const isOfAll = owner?.type === 'workspace' || owner?.type === 'consumer';
  const ofItself = isOfAll && owner.workspaceId === target.id;
  const given = accountOf(principal) === null ? null : target.membership;
  const withheld = given !== null && lacksTwoStep(principal, target);
  const membership = withheld ? null : given;
  const twoStepNeeded = { code: 'two_step_needed', workspace: target.slug } as const;
  if (withheld && !target.showsRepository) return twoStepNeeded;
  if (membership === null && !isWithin && !ofItself && !target.showsRepository) return missing;
  if (isOfAll && !ofItself && principal.type === 'credential') {
    return outOfBounds(operation, principal, { bound: 'repositories', says: OPENS_OTHERS[owner.type] });
  }
  if (principal.type === 'credential') {
    const violation = judgeBounds(principal.bounds, target, declarationOf(operation).lists !== undefined);
    if (violation !== null) return outOfBounds(operation, principal, violation);
  }
  const reaches = {
    viewer: true,
    member: membership !== null || ofItself,
    creator:
      ofItself || membership === 'owner' || (membership === 'member' && target.membersMayCreateRepositories),
    owner: membership === 'owner',
  }[needed];
  if (reaches) return null;
  if (withheld) return twoStepNeeded;
  if (principal.type === 'anonymous') return { code: 'sign_in_needed', operation };
  return {
    code: 'role_too_small',
    operation,
    needed: needed === 'creator' ? 'owner' : needed,
    held: membership === 'owner' ? 'admin' : membership,
  };
}

function judgeHost(
  operation: OperationName,
  needed: 'anyone' | 'person' | 'workspace_creator' | 'administrator' | 'operator',
  peopleMayCreateWorkspaces: boolean,
  principal: PrincipalData,
): Refusal | null {
  const account = accountOf(principal);
  const reaches = {
    anyone: true,
    person: account !== null,
    workspace_creator: account !== null && (peopleMayCreateWorkspaces || account.isAdministrator),
    administrator: account?.isAdministrator === true,
    operator: false,
  }[needed];
  return reaches ? null : { code: 'role_too_small', operation, needed, held: null };
}
