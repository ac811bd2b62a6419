import { examineEach } from '../../entry/examine.ts';
import {
  evaluate,
  type CredentialPrincipal,
  type OperationName,
  type Question,
  type Refusal,
  type Verdict,
} from '../../gate/index.ts';
import type { Consumer } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import type { Candidate } from './candidates.ts';

export type Waiting = 'networks' | 'time' | 'start' | 'pause';

/** How something may be done with a credential. */
export interface Permitted {
  /** As it was judged. */
  readonly principal: CredentialPrincipal;
  /** What it waits for: to be used from its networks, for its hours, for its first moment or for the end of a pause; null where it may now, from anywhere. */
  readonly waitsFor: Waiting | null;
}

/** For each operation, how it may be done with a credential; null where it may not. */
export type Answers<Operation extends OperationName> = Readonly<Record<Operation, Permitted | null>>;

/**
 * What the gate says to each of these credentials in one repository, by public id: yes, no, or yes at another hour or from
 * another network. Each stands alone before it; what is read for them is read together.
 */
export async function askedEach<Operation extends OperationName>(
  services: Services,
  repositoryId: string,
  operations: readonly Operation[],
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Answers<Operation>>> {
  const examinations = await examineEach(services, {
    credentialIds: candidates.map(({ id }) => id),
    operations,
    repositoryId,
    now: services.clock(),
  });
  const answers = new Map<string, Answers<Operation>>();
  for (const { id, consumer } of candidates) {
    const examination = examinations.get(id);
    if (examination === undefined) continue;
    const principal = askingAs(examination.principal, consumer);
    const judged = examination.answers.map(({ question }, index) => [
      operations[index],
      permitted({ ...question, principal }, principal, examination.ended),
    ]);
    answers.set(id, Object.fromEntries(judged) as Answers<Operation>);
  }
  return answers;
}

/** What is asked with: a secret opens nothing itself, and is judged as the token that its consumer gets with it. */
const askingAs = (principal: CredentialPrincipal, consumer: Consumer | undefined): CredentialPrincipal =>
  consumer === undefined ? principal : { ...principal, kind: 'oauth_access_token', scopes: consumer.scopes };

function permitted(
  question: Question,
  principal: CredentialPrincipal,
  ended: Refusal | null,
): Permitted | null {
  const verdict: Verdict = ended === null ? evaluate(question) : { allowed: false, refusal: ended };
  if (verdict.allowed) return { principal, waitsFor: null };
  // What ended with what it was derived from waits for nothing any more.
  if (verdict.refusal.code === 'credential_ended') return null;
  return evaluate(anywhereAnytime(question, principal)).allowed
    ? { principal, waitsFor: waitingFor(verdict.refusal) }
    : null;
}

const waitingFor = (refusal: Refusal): Waiting =>
  refusal.code === 'credential_paused'
    ? refusal.from === undefined
      ? 'pause'
      : 'start'
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
