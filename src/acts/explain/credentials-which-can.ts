import { credentialsById, type Credential } from '../../credentials/index.ts';
import type { Grant, OperationName, PrincipalData, RepositoryFacts } from '../../gate/index.ts';
import { restrictionsForEach, type Restriction } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { askedEach, type Permitted, type Waiting } from './asked-each.ts';
import type { Candidate } from './candidates.ts';
import { answerRef, type RefAnswer, type RefQuestion } from './ref-answers.ts';
import { CONFINED_ABOVE, isKeptFrom } from './tokens-above.ts';
import { boundsInWords } from './words.ts';

export interface CredentialWhichCan {
  readonly credential: Credential;
  /** The user name of its owner, or null for a token, an access key, or an OAuth consumer by its secret. */
  readonly owner: string | null;
  /** At this moment and from anywhere: false where it waits for a time, or may be used from some networks only. */
  readonly now: boolean;
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

/** A candidate to which the gate says yes, or would at another hour or from another network. */
export interface Passing extends Candidate, Permitted {
  readonly refs: readonly RefAnswer[];
}

/** Whether one change of the ref at least is allowed, where a ref was asked about. */
export const passes = ({ refs }: { readonly refs: readonly RefAnswer[] }): boolean =>
  refs.length === 0 || refs.some(({ reason }) => reason === null);

/** Those of them that pass. */
export async function passing(
  services: Services,
  place: Place,
  candidates: readonly Candidate[],
): Promise<Passing[]> {
  const { operation, repository } = place;
  const answers = await askedEach(services, repository.id, [operation], candidates);
  const permitted = candidates.flatMap((candidate) => {
    const answer = answers.get(candidate.id)?.[operation] ?? null;
    return answer === null ? [] : [{ ...candidate, ...answer }];
  });
  const refs = await refsAs(
    services,
    place,
    permitted.map(({ principal }) => principal),
  );
  return permitted.map((each, index) => ({ ...each, refs: refs[index] ?? [] })).filter(passes);
}

/** What becomes of each change of the ref that was asked about when each of these pushes it; of none where none was. */
export async function refsAs(
  services: Services,
  { repository, asked, data, rules, defaultBranch }: Place,
  principals: readonly PrincipalData[],
): Promise<(readonly RefAnswer[])[]> {
  if (asked === null) return principals.map(() => []);
  const restrictions = await restrictionsForEach(services.database, repository.id, rules, principals);
  return principals.map((principal, index) =>
    answerRef(asked, { principal, data, restrictions: restrictions[index] ?? [], defaultBranch }),
  );
}

/** Those that pass, with what is shown of each. */
export async function described(
  services: Services,
  grant: Grant<'repository.who_can'>,
  all: readonly Passing[],
): Promise<CredentialWhichCan[]> {
  const credentials = await credentialsById(
    services.database,
    all.map(({ id }) => id),
    services.clock(),
  );
  const shown: CredentialWhichCan[] = [];
  for (const { id, owner, consumer, principal, waitsFor, refs } of all) {
    const credential = credentials.get(id);
    if (credential === undefined) continue;
    shown.push({
      // A secret holds no scopes itself.
      credential: consumer === undefined ? credential : { ...credential, scopes: consumer.scopes },
      owner,
      now: waitsFor === null,
      waitsFor,
      // People who manage the repository read of other repositories only what they may see themselves.
      bounds:
        principal.bounds.length > 0 && isKeptFrom(grant, credential)
          ? [CONFINED_ABOVE]
          : await boundsInWords(services, principal.bounds, grant.principal),
      refs,
    });
  }
  return shown;
}
