import { examine } from '../../entry/examine.ts';
import {
  confinesPaths,
  declarationOf,
  explain,
  movedBy,
  mustCommitAsSelf,
  pushLimit,
  type CredentialPrincipal,
  type Grant,
  type OperationName,
  type Refusal,
} from '../../gate/index.ts';
import { restrictionsFor } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { personalKindOf, type PersonalGrant } from '../credentials/personal.ts';
import { isAmongTokens, type TokenGrant } from '../credentials/token-place.ts';
import { factorsOf, type Factor } from './factors.ts';
import { chooseAddress, chooseOperation, chooseTargets } from './questions.ts';
import { answerRef, chooseRefQuestion, type RefAnswer } from './ref-answers.ts';
import { boundsInWords } from './words.ts';

export type ExplainingGrant = PersonalGrant<'explain'> | TokenGrant<'explain'> | Grant<'credential.explain'>;

/** What somebody wants to know: may this credential do that? */
export interface SimulationInput {
  readonly credentialId: string;
  readonly operation: string;
  /** As people write them, one for each target that the operation names: `WORKSPACE/NAME`, `WORKSPACE`. */
  readonly targets: readonly string[];
  /** For a push: full name, or that of a branch. */
  readonly ref?: string | null;
  readonly change?: string | null;
  readonly path?: string | null;
  /** Network address to be used from; none means nowhere. */
  readonly address?: string | null;
  /** Milliseconds since 1970; now where it is absent. */
  readonly at?: number | null;
}

export interface Simulation {
  readonly allowed: boolean;
  readonly operation: OperationName;
  /** Completes "to …". */
  readonly does: string;
  readonly credential: Pick<CredentialPrincipal, 'credentialId' | 'kind' | 'label' | 'scopes'>;
  readonly at: number;
  /** What stood in the way, as the gate said it; null when it allowed, or only the ref is refused. */
  readonly refusal: Refusal | null;
  /** What would be right, for people. */
  readonly hint: string | null;
  /** The whole chain, in the order of the decision. */
  readonly factors: readonly Factor[];
  /** For a push to a ref: each change that was asked about. */
  readonly refs: readonly RefAnswer[];
  /** What only the push itself can show. */
  readonly notes: readonly string[];
}

/**
 * Asks what would be said to a credential, by the decision itself, without its secret and without doing anything. Throws
 * `Problem` for a credential that is not the grant's, and for a question that cannot be put.
 */
export async function simulate(
  services: Services,
  grant: ExplainingGrant,
  input: SimulationInput,
): Promise<Simulation> {
  const operation = chooseOperation(input.operation);
  const targets = chooseTargets(operation, input.targets);
  const address = chooseAddress(input.address);
  const asked = chooseRefQuestion(operation, input);
  const { opens, does, pushes = false } = declarationOf(operation);
  const now = input.at ?? services.clock();
  const examination = await examine(services, {
    credentialId: input.credentialId,
    questions: [{ operation, targets }],
    address,
    now,
  });
  const answer = examination?.answers[0];
  if (
    examination === undefined ||
    answer === undefined ||
    !(await isOf(services, grant, examination.principal))
  ) {
    throw new Problem(
      'not_found',
      `There is no credential ${JSON.stringify(input.credentialId.slice(0, 64))} here.`,
    );
  }
  const { principal } = examination;
  const { verdict, question } = answer;
  const [target] = verdict.allowed ? verdict.targets : [];
  const refs =
    asked !== null && target?.type === 'repository'
      ? answerRef(asked, {
          principal,
          data: opens?.data ?? 'repository',
          restrictions:
            opens?.data === 'wiki' ? [] : await restrictionsFor(services.database, target.id, principal),
          defaultBranch: undefined,
        })
      : [];
  const allowed = verdict.allowed && (refs.length === 0 || refs.some(({ reason }) => reason === null));
  // Who reads the answer: the operator reads every name, everybody else what the credential's owner sees.
  const reader = grant.operation === 'credential.explain' ? grant.principal : principal;
  const bounds = await boundsInWords(services, principal.bounds, reader);
  const refusal = verdict.allowed ? null : verdict.refusal;
  const { credentialId, kind, label, scopes } = principal;
  return {
    allowed,
    operation,
    does,
    credential: { credentialId, kind, label, scopes },
    at: now,
    refusal,
    hint:
      refusal === null
        ? (refs.find(({ reason }) => !allowed && reason !== null)?.reason ?? null)
        : explain(refusal, { id: credentialId, kind, scopes }),
    factors: [
      ...factorsOf(
        { ...question, principal },
        verdict,
        bounds,
        grant.operation === 'credential.explain' ? 'operator' : 'owner',
      ),
      ...refFactor(asked !== null, refs),
    ],
    refs,
    notes: notesFor({ operation, principal, address, refs, path: asked?.path ?? null, pushes }),
  };
}

function refFactor(asked: boolean, refs: readonly RefAnswer[]): Factor[] {
  if (!asked) return [];
  if (refs.length === 0)
    return [{ factor: 'ref', allows: null, says: 'Not asked, because the push as such is refused.' }];
  const changes = (allowed: boolean): string =>
    refs
      .filter(({ reason }) => (reason === null) === allowed)
      .map(({ change }) => change)
      .join(', ');
  const [allowed, refused] = [changes(true), changes(false)];
  const parts = [
    ...(allowed === '' ? [] : [`it may ${allowed}`]),
    ...(refused === '' ? [] : [`it may not ${refused}`]),
  ];
  return [{ factor: 'ref', allows: allowed !== '', says: `On ${refs[0]?.ref ?? ''} ${parts.join('; ')}.` }];
}

function notesFor(of: {
  readonly operation: OperationName;
  readonly principal: CredentialPrincipal;
  readonly address: string | null;
  readonly refs: readonly RefAnswer[];
  readonly path: string | null;
  readonly pushes: boolean;
}): string[] {
  const { operation, principal, address, refs, path, pushes } = of;
  const { bounds } = principal;
  const limit = pushLimit(bounds);
  return [
    ...(address === null && bounds.some(({ kind }) => kind === 'networks')
      ? ['It is confined to networks: say from which address it would be used.']
      : []),
    ...(refs.some(({ change, reason }) => change === 'delete' && reason === null)
      ? ['The default branch of a repository can be deleted by nobody.']
      : []),
    ...(movedBy(operation) === 'merge'
      ? ['What the branch takes to be merged into, such as approvals and builds, is judged when it comes.']
      : []),
    ...(pushes && confinesPaths(bounds) && path === null
      ? ['Which files a push changes is judged when it comes; name one to ask about it.']
      : []),
    ...(pushes && mustCommitAsSelf(bounds) ? ['Whose commits a push brings is judged when it comes.'] : []),
    ...(pushes && limit !== null
      ? [`How much a push brings is judged when it comes: at most ${limit} bytes.`]
      : []),
  ];
}

/** Looked up by owner *and* id, so that knowing an id is never enough. */
async function isOf(
  { database }: Services,
  grant: ExplainingGrant,
  { owner, kind }: CredentialPrincipal,
): Promise<boolean> {
  switch (grant.operation) {
    case 'credential.explain':
      return true;
    case 'app_password.explain':
    case 'api_token.explain':
      return (
        kind === personalKindOf(grant.operation) &&
        owner.type === 'account' &&
        owner.account.id === grant.targets[0].id
      );
    case 'access_token.explain':
    case 'workspace_access_token.explain':
      return isAmongTokens(database, grant, { type: owner.type, id: idOf(owner) });
  }
}

/** Of what a token belongs to; empty for what belongs to anything else. */
function idOf(owner: CredentialPrincipal['owner']): string {
  switch (owner.type) {
    case 'repository':
      return owner.repositoryId;
    case 'project':
      return owner.projectId;
    case 'workspace':
      return owner.workspaceId;
    case 'account':
    case 'places':
    case 'consumer':
      return '';
  }
}
