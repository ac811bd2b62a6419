import { invalid, Problem } from '../problem.ts';
import { ask, discover, printable, textIn } from './host.ts';
import { readIssued, type IssuedCredential } from './issued.ts';

/** The token of a CI job, and what is wanted for it. */
export interface Assertion {
  readonly token: string;
  /** `WORKSPACE/REPOSITORY`. */
  readonly repository: string;
  /** None for all that the trust policy gives. */
  readonly scopes: readonly string[];
}

/** Exchanges the token of a CI job for a job token (RFC 8693). Throws `Problem` with what the host says against it. */
export async function exchangeAssertion(
  origin: string,
  { token, repository, scopes }: Assertion,
): Promise<IssuedCredential> {
  if (!/^[^\s/]+\/[^\s/]+$/.test(repository))
    throw invalid(
      'repository',
      `Write the repository as WORKSPACE/REPOSITORY; "${printable(repository)}" is not of that form.`,
    );
  const endpoints = await discover(origin);
  const answer = await ask(endpoints.token, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    resource: `${origin}/${repository}`,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  });
  if (answer.status === 200) return readIssued(answer, Date.now());
  const said = textIn(answer.body, 'error_description');
  throw new Problem('invalid', printable(said ?? `The host answered with status ${answer.status}.`));
}
