import { subjectById } from '../accounts/index.ts';
import {
  evaluate,
  type CredentialPrincipal,
  type OperationName,
  type Question,
  type Refusal,
  type TargetFacts,
  type TargetReference,
  type Verdict,
} from '../gate/index.ts';
import { sealPrincipal } from '../gate/sealed.ts';
import { loadFacts, repositoryAsSeenBy } from './facts.ts';
import type { Gateway } from './gateway.ts';
import { credentialAsItStands, credentialsAsTheyStand } from './identify.ts';

/** What would be asked with a credential, without its secret and without doing anything. */
export interface ExaminationRequest {
  /** Public id, `cred_…`. */
  readonly credentialId: string;
  readonly questions: readonly {
    readonly operation: OperationName;
    readonly targets: readonly TargetReference[];
  }[];
  /** Where it would be used from; null is nowhere, which a bound on networks refuses. */
  readonly address: string | null;
  /** When, in milliseconds since 1970. */
  readonly now: number;
}

/** One question as it was put to the gate, and the answer. */
export interface Examined {
  readonly question: Question;
  readonly verdict: Verdict;
}

export interface Examination {
  readonly principal: CredentialPrincipal;
  /** Why the credential opens nothing at that time, whatever is asked: revoked, expired or paused. */
  readonly ended: Refusal | null;
  /** In the order of the questions. */
  readonly answers: readonly Examined[];
}

/**
 * Asks the gate what it would say to a credential, from its live data and live facts. What comes back is data alone:
 * nothing here is a principal, facts or a grant, and nothing can be opened with it. Undefined for an id that names no
 * credential, or one whose owner is gone.
 */
export async function examine(
  gateway: Gateway,
  { credentialId, questions, address, now }: ExaminationRequest,
): Promise<Examination | undefined> {
  const standing = await credentialAsItStands(gateway, credentialId, now);
  if (standing === undefined) return undefined;
  const { principal, ended } = standing;
  const sealed = sealPrincipal(principal);
  const loaded = new Map<string, readonly TargetFacts[]>();
  const answers: Examined[] = [];
  for (const { operation, targets: references } of questions) {
    const key = JSON.stringify(references);
    const targets = loaded.get(key) ?? (await loadFacts(gateway, sealed, references)).targets;
    loaded.set(key, targets);
    answers.push(answered({ operation, principal, targets, circumstances: { now, address } }, ended));
  }
  return { principal, ended, answers };
}

/**
 * The same of a person who asks on a page, having just confirmed to be there. Undefined for an id of nobody.
 */
export async function examinePerson(
  gateway: Gateway,
  accountId: string,
  { operation, targets: references }: ExaminationRequest['questions'][number],
  now: number,
): Promise<Verdict | undefined> {
  const account = await subjectById(gateway.database, accountId);
  if (account === undefined) return undefined;
  const principal = { type: 'session', sessionId: '', confirmedAt: now, account } as const;
  const { targets } = await loadFacts(gateway, sealPrincipal(principal), references);
  return evaluate({ operation, principal, targets, circumstances: { now, address: null } });
}

/** What would be asked of one repository, from nowhere, with each of many credentials. */
export interface RepositoryExaminationRequest {
  /** Public ids. */
  readonly credentialIds: readonly string[];
  readonly operations: readonly OperationName[];
  readonly repositoryId: string;
  readonly now: number;
}

/**
 * What `examine` says to each of them, by public id, in a number of statements that does not grow with theirs, up to some
 * hundreds: what they share is read once. Ids of which it is undefined are left out.
 */
export async function examineEach(
  gateway: Gateway,
  { credentialIds, operations, repositoryId, now }: RepositoryExaminationRequest,
): Promise<ReadonlyMap<string, Examination>> {
  const standing = await credentialsAsTheyStand(gateway, credentialIds, now);
  const seenBy = await repositoryAsSeenBy(
    gateway,
    repositoryId,
    standing.map(({ principal }) => principal),
  );
  return new Map(
    standing.map(({ principal, ended }) => {
      const targets = [seenBy(principal)];
      const answers = operations.map((operation) =>
        answered({ operation, principal, targets, circumstances: { now, address: null } }, ended),
      );
      return [principal.credentialId, { principal, ended, answers }];
    }),
  );
}

const answered = (question: Question, ended: Refusal | null): Examined => ({
  question,
  verdict: ended === null ? evaluate(question) : { allowed: false, refusal: ended },
});
