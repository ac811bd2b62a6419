import {
  accountOf,
  appUserOf,
  declarationOf,
  kindWithArticle,
  givenRole,
  heldScopes,
  liveRole,
  scopesFor,
  type CredentialPrincipal,
  type OperationName,
  type Question,
  type Refusal,
  type RefusalCode,
  type TargetFacts,
  type WorkspaceFacts,
  type Verdict,
} from '../../gate/index.ts';

/** What a decision is made of, in the order in which it is made. */
const FACTORS = ['state', 'kind', 'scopes', 'bounds', 'target', 'role'] as const;
export type FactorName = (typeof FACTORS)[number] | 'ref';

/** One factor of a decision: what it came to, and what there was to judge. */
export interface Factor {
  readonly factor: FactorName;
  /** Null: it was not reached, because one before it refused. */
  readonly allows: boolean | null;
  readonly says: string;
}

/** Which factor each refusal of the gate speaks of; the verdict says where it stopped, and nothing here decides. */
const FACTOR_OF: Readonly<Partial<Record<RefusalCode, FactorName>>> = {
  credential_ended: 'state',
  credential_paused: 'state',
  account_disabled: 'state',
  asker_not_accepted: 'kind',
  scope_missing: 'scopes',
  out_of_bounds: 'bounds',
  target_missing: 'target',
  role_too_small: 'role',
  two_step_needed: 'role',
  wiki_off: 'role',
};

/** What the host asks of everybody is judged with the state; what a workspace asks, with the role that it gives. */
const factorOf = (refusal: Refusal): FactorName | undefined =>
  refusal.code === 'two_step_needed' && refusal.workspace === undefined ? 'state' : FACTOR_OF[refusal.code];

/**
 * The factors of a verdict. `bounds` are those of the credential in words. The operator is told of every target, everybody
 * else of those that the credential's owner sees, wherever the decision stopped.
 */
export function factorsOf(
  { operation, principal, targets }: Question & { readonly principal: CredentialPrincipal },
  verdict: Verdict,
  bounds: readonly string[],
  reader: 'owner' | 'operator',
): readonly Factor[] {
  const stopped = verdict.allowed ? undefined : factorOf(verdict.refusal);
  const at = stopped === undefined ? FACTORS.length : FACTORS.findIndex((factor) => factor === stopped);
  const told = targets.every(
    (target) => target.type !== 'missing' && (reader === 'operator' || isSeen(principal, target)),
  );
  const says: Readonly<Record<(typeof FACTORS)[number], string>> = {
    state: stateWords(principal, verdict),
    kind: `It is ${kindWithArticle(principal.kind)}; ${kindsWords(operation)}.`,
    scopes: scopeWords(operation, principal),
    bounds: bounds.length === 0 ? 'Nothing confines it beyond its scopes.' : `${bounds.join('; ')}.`,
    target: told ? targets.map(targetWords).join(' ') : UNSEEN,
    role: told ? roleWords(operation, principal, targets) : UNSEEN,
  };
  return FACTORS.map((factor, index) => ({
    factor,
    allows: index < at ? true : index === at ? false : null,
    says: says[factor],
  }));
}

const UNSEEN = 'There is no such target that its owner can see.';

function stateWords(principal: CredentialPrincipal, verdict: Verdict): string {
  if (accountOf(principal)?.state === 'disabled') return 'The account that it belongs to is disabled.';
  const code = verdict.allowed ? undefined : verdict.refusal.code;
  if (accountOf(principal)?.mustEnrolTwoStep === true)
    return 'Its owner has no two-step verification, which this host asks of everybody.';
  if (code === 'credential_paused') return 'It is paused, or its time has not begun.';
  if (!verdict.allowed && verdict.refusal.code === 'credential_ended')
    return verdict.refusal.state === 'replaced'
      ? 'Another one took its place, and it has ended.'
      : `It is ${verdict.refusal.state}.`;
  return 'It is active.';
}

function kindsWords(operation: OperationName): string {
  const { kinds, does } = declarationOf(operation);
  if (kinds.length === 0) return `no credential can ${does}`;
  return `to ${does} takes ${kinds.map(kindWithArticle).join(' or ')}`;
}

function scopeWords(operation: OperationName, { kind, scopes }: CredentialPrincipal): string {
  const needed = scopesFor(operation, kind);
  const held = scopes.length === 0 ? 'none' : scopes.join(', ');
  const expanded = [...heldScopes(scopes)].filter((scope) => !scopes.includes(scope));
  const contained = expanded.length === 0 ? '' : `, and with them ${expanded.join(', ')}`;
  return `It takes ${needed === 'any' ? 'no scope' : needed.join(' and ')}; it holds ${held}${contained}.`;
}

/** Whether the credential's owner sees the target at all, as the gate judges it. */
export function isSeen(principal: CredentialPrincipal, target: TargetFacts): boolean {
  switch (target.type) {
    case 'missing':
      return false;
    case 'repository':
      return liveRole(principal, target) !== null || !target.isPrivate;
    case 'workspace':
      return (
        (accountOf(principal) !== null && target.membership !== null) ||
        target.showsRepository ||
        ('workspaceId' in principal.owner && principal.owner.workspaceId === target.id)
      );
    case 'account':
      return (accountOf(principal) ?? appUserOf(principal))?.id === target.id;
    case 'host':
      return true;
  }
}

function targetWords(target: TargetFacts): string {
  switch (target.type) {
    case 'repository':
      return `${target.workspace.slug}/${target.slug} is ${target.isPrivate ? 'private' : 'public'}, its wiki ${
        target.hasWiki ? 'on' : 'off'
      }.`;
    case 'workspace':
      return `The workspace ${target.slug} is there.`;
    case 'account':
      return `The account ${target.username} is there.`;
    case 'host':
      return 'This host.';
    case 'missing':
      return UNSEEN;
  }
}

const HOLDERS = {
  account: 'its owner holds',
  repository: 'as a token of the repository it counts as',
  project: 'as a token of the project it counts as',
  workspace: 'as a token of the workspace it counts as',
  places: 'as an access key it has',
  consumer: 'as an OAuth consumer of the workspace it counts as',
} as const;

/** What it is to a workspace. */
function standingIn({ owner }: CredentialPrincipal, { id, membership }: WorkspaceFacts): string {
  if (owner.type === 'account') return `its owner is ${membership ?? 'no member'}`;
  if (!('workspaceId' in owner) || owner.workspaceId !== id) return 'it belongs to no part of it';
  return owner.type === 'workspace' || owner.type === 'consumer'
    ? 'it counts as a member that may create'
    : `it belongs to a ${owner.type} of it`;
}

function roleWords(
  operation: OperationName,
  principal: CredentialPrincipal,
  targets: readonly TargetFacts[],
): string {
  return declarationOf(operation)
    .targets.map((need, position) => {
      const target = targets[position];
      if (need.on === 'repository' && target?.type === 'repository') {
        const counted = need.given === true ? givenRole : liveRole;
        const role = counted(principal, target) ?? 'no role';
        return `It takes ${need.owner === true ? 'owner of its workspace' : need.role}; ${HOLDERS[principal.owner.type]} ${role}.`;
      }
      if (need.on === 'workspace' && target?.type === 'workspace') {
        return `It takes ${need.is}; ${standingIn(principal, target)}.`;
      }
      return need.on === 'host' ? `It takes ${need.is}.` : 'It takes the account itself.';
    })
    .join(' ');
}
