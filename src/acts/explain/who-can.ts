import { openForReading } from '../../git/open.ts';
import { readHead } from '../../git/refs.ts';
import {
  declarationOf,
  type AccountSubject,
  type Grant,
  type Need,
  type OperationName,
  type Role,
} from '../../gate/index.ts';
import { listHoldings, listRestrictions, type RoleHolding } from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { CountedSoFar, Window } from '../paged.ts';
import { consumerCandidates, ownCandidates, personalCandidates, type Candidate } from './candidates.ts';
import {
  described,
  passes,
  passing,
  refsAs,
  type CredentialWhichCan,
  type Place,
} from './credentials-which-can.ts';
import { lettingIn, reachesAs } from './let-in.ts';
import { chooseOperation } from './questions.ts';
import { chooseRefQuestion, type RefAnswer } from './ref-answers.ts';
import { sift } from './sift.ts';

export interface WhoCanInput {
  readonly operation: string;
  /** For a push: full name, or that of a branch. */
  readonly ref?: string | null;
  /** Which of the credentials; all of them where nothing is said. */
  readonly machines?: Window;
  readonly personal?: Window;
}

/** A person whose role reaches, or what is public does: what they may do with a credential of theirs that nothing confines. */
export interface PersonWhoCan extends RoleHolding {
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
  /** Access tokens, access keys and OAuth consumers. */
  readonly machines: CountedSoFar<CredentialWhichCan>;
  /** The credentials of those who hold a role. */
  readonly personal: CountedSoFar<CredentialWhichCan>;
  /** The ref that was asked about, in full. */
  readonly ref: string | null;
}

/** All that were asked for: those of people before the others. */
export const credentialsIn = ({ personal, machines }: WhoCan): CredentialWhichCan[] => [
  ...personal.rows,
  ...machines.rows,
];

const ALL: Window = { offset: 0, limit: Infinity };

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
  const asked = chooseRefQuestion(operation, { ref: input.ref ?? null });
  const [repository] = grant.targets;
  const data = opens?.data ?? 'repository';
  const place: Place = {
    operation,
    repository,
    asked,
    data,
    rules: asked === null || data === 'wiki' ? [] : await listRestrictions(services.database, repository.id),
    defaultBranch:
      asked !== null && data === 'repository'
        ? readHead(await openForReading(services.storage, grant))
        : undefined,
  };
  const wikiOff = need.wiki === true && !repository.hasWiki;
  const everybody = !wikiOff && need.role === 'read' && !repository.isPrivate && askers.includes('anonymous');
  const { id, workspace } = repository;
  const own = [
    ...(await ownCandidates(services, repository)),
    ...(await consumerCandidates(services, repository)),
  ];
  const machines = async ({ offset, limit }: Window) => own.slice(offset, offset + limit);
  const holdings = await listHoldings(services.database, { id, workspaceId: workspace.id });
  return {
    operation,
    does,
    role: need.role,
    everybody,
    people: wikiOff ? [] : await peopleWhoCan(services, place, holdings, need),
    machines: await credentials(services, grant, place, machines, input.machines),
    personal: await credentials(
      services,
      grant,
      place,
      (window) => personalCandidates(services, repository, window),
      input.personal,
    ),
    ref: asked?.ref ?? null,
  };
}

async function credentials(
  services: Services,
  grant: Grant<'repository.who_can'>,
  place: Place,
  next: (window: Window) => Promise<readonly Candidate[]>,
  window: Window = ALL,
): Promise<CountedSoFar<CredentialWhichCan>> {
  const page = await sift(next, (candidates) => passing(services, place, candidates), window);
  return { ...page, rows: await described(services, grant, page.rows) };
}

async function peopleWhoCan(
  services: Services,
  place: Place,
  holdings: readonly RoleHolding[],
  need: Need & { on: 'repository' },
): Promise<PersonWhoCan[]> {
  const { repository } = place;
  const letIn = await lettingIn(services, repository.workspace);
  const reaching = holdings.filter(({ account, role }) => reachesAs(letIn(account), role, repository, need));
  const refs = await refsAs(
    services,
    place,
    reaching.map((holding) => ({
      type: 'session',
      sessionId: '',
      confirmedAt: services.clock(),
      account: { ...subjectOf(holding), mustEnrolTwoStep: false },
    })),
  );
  return reaching.map((holding, index) => ({ ...holding, refs: refs[index] ?? [] })).filter(passes);
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
