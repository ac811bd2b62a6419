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
import { consumerCandidates, ownCandidates, personalCandidates } from './candidates.ts';
import { credentialsWhichCan, passes, type CredentialWhichCan, type Place } from './credentials-which-can.ts';
import { lettingIn, reachesAs } from './let-in.ts';
import { chooseOperation } from './questions.ts';
import { answerRef, chooseRefQuestion, type RefAnswer } from './ref-answers.ts';

export interface WhoCanInput {
  readonly operation: string;
  /** For a push: full name, or that of a branch. */
  readonly ref?: string | null;
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
  const holdings = await listHoldings(services.database, { id, workspaceId: workspace.id });
  return {
    operation,
    does,
    role: need.role,
    everybody,
    people: wikiOff ? [] : await peopleWhoCan(services, place, holdings, need),
    credentials: await credentialsWhichCan(services, grant, place, [
      ...(await personalCandidates(services, holdings)),
      ...(await ownCandidates(services, repository)),
      ...(await consumerCandidates(services, repository)),
    ]),
    ref: asked?.ref ?? null,
  };
}

async function peopleWhoCan(
  services: Services,
  { repository, asked, data, rules, defaultBranch }: Place,
  holdings: readonly RoleHolding[],
  need: Need & { on: 'repository' },
): Promise<PersonWhoCan[]> {
  const people: PersonWhoCan[] = [];
  const letIn = await lettingIn(services, repository.workspace);
  for (const holding of holdings) {
    if (!reachesAs(letIn(holding.account), holding.role, repository, need)) continue;
    const account = { ...subjectOf(holding), mustEnrolTwoStep: false };
    const principal = { type: 'session', sessionId: '', confirmedAt: services.clock(), account } as const;
    const refs =
      asked === null
        ? []
        : await answerRef(services, asked, {
            principal,
            repositoryId: repository.id,
            data,
            rules,
            defaultBranch,
          });
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
