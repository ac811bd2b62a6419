import type { Credential } from '../../credentials/index.ts';
import { examine } from '../../entry/examine.ts';
import {
  evaluate,
  type CredentialPrincipal,
  type Grant,
  type OperationName,
  type Question,
  type Refusal,
  type RepositoryFacts,
  type Verdict,
} from '../../gate/index.ts';
import type { Restriction } from '../../hosting/index.ts';
import type { Consumer } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import type { Candidate } from './candidates.ts';
import { answerRef, type RefAnswer, type RefQuestion } from './ref-answers.ts';
import { boundsInWords } from './words.ts';

export type Waiting = 'networks' | 'time' | 'pause';

export interface CredentialWhichCan {
  readonly credential: Credential;
  /** The user name of its owner, or null for a token, an access key, or an OAuth consumer by its secret. */
  readonly owner: string | null;
  /** At this moment and from anywhere: false where it waits for a time, or may be used from some networks only. */
  readonly now: boolean;
  /** What it waits for: to be used from its networks, for its hours, or for the end of a pause. */
  readonly waitsFor: Waiting | null;
  /** What confines it, in words. */
  readonly bounds: readonly string[];
  readonly refs: readonly RefAnswer[];
}

/** What is asked, and of which repository. */
export interface Place {
  readonly operation: OperationName;
  readonly repository: RepositoryFacts;
  readonly asked: RefQuestion | null;
  readonly data: 'repository' | 'wiki';
  /** The branch restrictions, where a ref of the repository was asked about. */
  readonly rules: readonly Restriction[];
  readonly defaultBranch: string | undefined;
}

/** Whether one change of the ref at least is allowed, where a ref was asked about. */
export const passes = (refs: readonly RefAnswer[]): boolean =>
  refs.length === 0 || refs.some(({ reason }) => reason === null);

/** Those of them to which the gate says yes, or would at another hour or from another network. */
export async function credentialsWhichCan(
  services: Services,
  grant: Grant<'repository.who_can'>,
  place: Place,
  candidates: readonly Candidate[],
): Promise<CredentialWhichCan[]> {
  const now = services.clock();
  const found: CredentialWhichCan[] = [];
  for (const { credential, owner, consumer } of candidates) {
    const standing = await judge(services, grant, place, { credential, consumer }, now);
    // A secret holds no scopes itself.
    const shown = consumer === undefined ? credential : { ...credential, scopes: consumer.scopes };
    if (standing !== null) found.push({ credential: shown, owner, ...standing });
  }
  return found;
}

/** What is asked with: a secret opens nothing itself, and is judged as the token that its consumer gets with it. */
const askingAs = (principal: CredentialPrincipal, consumer: Consumer | undefined): CredentialPrincipal =>
  consumer === undefined ? principal : { ...principal, kind: 'oauth_access_token', scopes: consumer.scopes };

async function judge(
  services: Services,
  grant: Grant<'repository.who_can'>,
  { operation, repository, asked, data, rules, defaultBranch }: Place,
  {
    credential: { id },
    consumer,
  }: { readonly credential: Credential; readonly consumer?: Consumer | undefined },
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
  const principal = askingAs(examination.principal, consumer);
  const question: Question = { ...answer.question, principal };
  const verdict: Verdict =
    examination.ended === null ? evaluate(question) : { allowed: false, refusal: examination.ended };
  const may = verdict.allowed || evaluate(anywhereAnytime(question, principal)).allowed;
  if (!may) return null;
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
