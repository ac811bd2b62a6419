import { listCredentials, type Credential, type CredentialFilter } from '../../credentials/index.ts';
import { examine } from '../../entry/examine.ts';
import { openForReading } from '../../git/open.ts';
import { readHead } from '../../git/refs.ts';
import {
  declarationOf,
  evaluate,
  roleReaches,
  strongerRole,
  type AccountSubject,
  type CredentialPrincipal,
  type Grant,
  type OperationName,
  type Question,
  type Refusal,
  type RepositoryFacts,
  type Role,
} from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { lettingIn } from './let-in.ts';
import { holdingsOf, type RoleHolding } from './people.ts';
import { chooseOperation } from './questions.ts';
import { answerRef, chooseRefQuestion, type RefAnswer, type RefQuestion } from './ref-answers.ts';
import { boundsInWords } from './words.ts';

export interface WhoCanInput {
  readonly operation: string;
  /** For a push: full name, or that of a branch. */
  readonly ref?: string | null;
}

/** A person whose role reaches, or what is public does: what they may do with a credential of theirs that nothing confines. */
export interface PersonWhoCan extends RoleHolding {
  readonly refs: readonly RefAnswer[];
}

export type Waiting = 'networks' | 'time' | 'pause';

export interface CredentialWhichCan {
  readonly credential: Credential;
  /** The user name of its owner, or null for a token or an access key. */
  readonly owner: string | null;
  /** At this moment and from anywhere: false where it waits for a time, or may be used from some networks only. */
  readonly now: boolean;
  /** What it waits for: to be used from its networks, for its hours, or for the end of a pause. */
  readonly waitsFor: Waiting | null;
  /** What confines it, in words. */
  readonly bounds: readonly string[];
  readonly refs: readonly RefAnswer[];
}

export interface WhoCan {
  readonly operation: OperationName;
  readonly does: string;
  /** The role that it takes on the repository. */
  readonly role: Role;
  /** Everybody may, signed in or not, since the repository is public. */
  readonly everybody: boolean;
  readonly people: readonly PersonWhoCan[];
  readonly credentials: readonly CredentialWhichCan[];
  /** The ref that was asked about, in full. */
  readonly ref: string | null;
}

/**
 * Who and what can do something to the grant's repository: people by their live roles, and every live credential to which
 * the gate says yes. A credential is listed, too, when only the hour or the network is in the way. Throws `Problem` for
 * an operation that is not about one repository, and for a ref with anything but a push.
 */
export async function whoCan(
  services: Services,
  grant: Grant<'repository.who_can'>,
  input: WhoCanInput,
): Promise<WhoCan> {
  const operation = chooseOperation(input.operation);
  const { targets, askers, does, opens } = declarationOf(operation);
  const [need, ...more] = targets;
  if (need?.on !== 'repository' || more.length > 0) {
    throw invalid(
      'operation',
      `${operation} is not about one repository: ask about repository.push or another.`,
    );
  }
  const asked = chooseRefQuestion({ ref: input.ref ?? null });
  const pushes = opens?.access === 'write' && operation.endsWith('.push');
  if (asked !== null && !pushes) {
    throw invalid('ref', 'A ref belongs to repository.push and wiki.push alone.');
  }
  const [repository] = grant.targets;
  const place: Place = {
    operation,
    repository,
    asked,
    data: opens?.data ?? 'repository',
    defaultBranch:
      asked !== null && opens?.data === 'repository'
        ? readHead(await openForReading(services.storage, grant))
        : undefined,
  };
  const wikiOff = need.wiki === true && !repository.hasWiki;
  const everybody = !wikiOff && need.role === 'read' && !repository.isPrivate && askers.includes('anonymous');
  const holdings = await holdingsOf(services, repository);
  return {
    operation,
    does,
    role: need.role,
    everybody,
    people: wikiOff ? [] : await peopleWhoCan(services, place, holdings, need.role),
    credentials: await credentialsWhichCan(services, grant, place, holdings),
    ref: asked?.ref ?? null,
  };
}

interface Place {
  readonly operation: OperationName;
  readonly repository: RepositoryFacts;
  readonly asked: RefQuestion | null;
  readonly data: 'repository' | 'wiki';
  readonly defaultBranch: string | undefined;
}

const passes = (refs: readonly RefAnswer[]): boolean =>
  refs.length === 0 || refs.some(({ reason }) => reason === null);

async function peopleWhoCan(
  services: Services,
  { repository, asked, data, defaultBranch }: Place,
  holdings: readonly RoleHolding[],
  role: Role,
): Promise<PersonWhoCan[]> {
  const people: PersonWhoCan[] = [];
  const letIn = await lettingIn(services, repository.workspace);
  for (const holding of holdings) {
    const far = letIn(holding.account);
    const held = far === 'by role' ? holding.role : null;
    if (far === 'nowhere' || !roleReaches(strongerRole(held, repository.isPrivate ? null : 'read'), role))
      continue;
    const account = { ...subjectOf(holding), mustEnrolTwoStep: false };
    const principal = { type: 'session', sessionId: '', confirmedAt: services.clock(), account } as const;
    const refs =
      asked === null
        ? []
        : await answerRef(services, asked, { principal, repositoryId: repository.id, data, defaultBranch });
    if (passes(refs)) people.push({ ...holding, refs });
  }
  return people;
}

const subjectOf = ({ account }: RoleHolding): Omit<AccountSubject, 'mustEnrolTwoStep'> => ({
  id: account.id,
  username: account.username,
  displayName: account.displayName,
  email: account.email,
  state: account.state,
  isAdministrator: account.isAdministrator,
  mustChangePassword: account.mustChangePassword,
  hasTwoStep: account.hasTwoStep,
});

/** The credentials of those who hold a role, those of the repository itself, and the access keys that open it. */
async function credentialsWhichCan(
  services: Services,
  grant: Grant<'repository.who_can'>,
  place: Place,
  holdings: readonly RoleHolding[],
): Promise<CredentialWhichCan[]> {
  const { database, clock } = services;
  const now = clock();
  const { id: repositoryId, projectId } = place.repository;
  const sources: { readonly name: string | null; readonly filter: CredentialFilter }[] = [
    ...holdings.map(({ account: { id, username } }) => ({
      name: username,
      filter: { owner: { type: 'account' as const, id } },
    })),
    { name: null, filter: { owner: { type: 'repository', id: repositoryId } } },
    { name: null, filter: { opening: { repositoryId, projectId } } },
  ];
  const found: CredentialWhichCan[] = [];
  for (const { name, filter } of sources) {
    for (const credential of await listCredentials(database, filter, now)) {
      if (credential.state === 'revoked' || credential.state === 'expired') continue;
      const standing = await judge(services, grant, place, credential, now);
      if (standing !== null) found.push({ credential, owner: name, ...standing });
    }
  }
  return found;
}

async function judge(
  services: Services,
  grant: Grant<'repository.who_can'>,
  { operation, repository, asked, data, defaultBranch }: Place,
  { id }: Credential,
  now: number,
): Promise<Pick<CredentialWhichCan, 'now' | 'waitsFor' | 'bounds' | 'refs'> | null> {
  const targets = [{ type: 'repository', workspace: '{}', repository: `{${repository.id}}` }] as const;
  const examination = await examine(services, {
    credentialId: id,
    questions: [{ operation, targets }],
    address: null,
    now,
  });
  const answer = examination?.answers[0];
  if (examination === undefined || answer === undefined) return null;
  const { principal } = examination;
  const { verdict, question } = answer;
  const may = verdict.allowed || evaluate(anywhereAnytime(question, principal)).allowed;
  if (!may) return null;
  const refs =
    asked === null
      ? []
      : await answerRef(services, asked, { principal, repositoryId: repository.id, data, defaultBranch });
  if (!passes(refs)) return null;
  return {
    now: verdict.allowed,
    waitsFor: verdict.allowed ? null : waitingFor(verdict.refusal),
    // People who manage the repository read of other repositories only what they may see themselves.
    bounds: await boundsInWords(services, principal.bounds, grant.principal),
    refs,
  };
}

const waitingFor = (refusal: Refusal): Waiting =>
  refusal.code === 'credential_paused'
    ? 'pause'
    : refusal.code === 'out_of_bounds' && refusal.bound === 'time'
      ? 'time'
      : 'networks';

/** The same question without what depends on the hour and the place alone. */
const anywhereAnytime = (question: Question, principal: CredentialPrincipal): Question => ({
  ...question,
  principal: {
    ...principal,
    bounds: principal.bounds.filter(({ kind }) => kind !== 'networks' && kind !== 'time'),
  },
});
