import type { CredentialState } from '../../credentials/index.ts';
import {
  BadAssertion,
  digestOf,
  inQuotes,
  issuerNamed,
  issuersById,
  judge,
  policiesOf,
  readAssertion,
  timeProblem,
  verify,
  wasUsed,
  type Assertion,
  type Claims,
  type Line,
  type TokenIssuer,
} from '../../federation/index.ts';
import type { Grant } from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { keyReading } from './key-reading.ts';

const LONGEST_TEXT = 16 * 1024;

/** What came of trying one policy. */
export interface PolicyVerdict {
  readonly id: string;
  readonly label: string;
  readonly state: CredentialState;
  readonly lines: readonly Line[];
  /** It would issue: the token is good, and every line holds. */
  readonly accepts: boolean;
}

export interface TestVerdict {
  /** What was given is what a token says, and not a token: nothing shows that it is genuine. */
  readonly unsigned: boolean;
  /** Of the token itself. */
  readonly token: readonly Line[];
  readonly policies: readonly PolicyVerdict[];
}

/**
 * Tries a token, or the claims of one as JSON, against every policy of the grant's repository. Nothing is issued, and nothing
 * counts as used. Throws `Problem` for a text that is neither.
 */
export async function testTrustPolicies(
  services: Services,
  grant: Grant<'trust_policy.test'>,
  text: string,
): Promise<TestVerdict> {
  const { claims, assertion } = readTested(text.trim());
  const { database, clock } = services;
  const named = claims['iss'];
  const issuer = typeof named === 'string' ? await issuerNamed(database, named) : undefined;
  const token = [
    {
      what: 'issuer',
      holds: issuer !== undefined,
      says:
        typeof named !== 'string'
          ? 'It does not say who issued it ("iss").'
          : issuer === undefined
            ? `This host knows no issuer ${inQuotes(named)}.`
            : `${inQuotes(named)} is registered here as ${issuer.title}.`,
    },
    ...(assertion === undefined ? [] : [await signatureLine(services, issuer, assertion)]),
    timeLine(claims, clock()),
    ...(assertion === undefined ? [] : [await useLine(services, assertion)]),
  ];
  const isGood = token.every((line) => line.holds);
  const policies = await policiesOf(database, grant.targets[0].id, clock());
  const issuers = await issuersById(
    database,
    policies.map(({ issuerId }) => issuerId),
  );
  return {
    unsigned: assertion === undefined,
    token,
    policies: policies.map((policy) => {
      const wanted = issuers.get(policy.issuerId)?.issuer ?? '';
      const lines = [
        {
          what: 'issuer',
          holds: policy.issuerId === issuer?.id,
          says: `It must be ${inQuotes(wanted)}; in the token: ${typeof named === 'string' ? inQuotes(named) : 'it has none'}.`,
        },
        ...judge(policy, claims),
        ...(policy.state === 'active'
          ? []
          : [
              { what: 'state', holds: false, says: `The policy is ${policy.state}, and issues nothing now.` },
            ]),
      ];
      const { id, label, state } = policy;
      return { id, label, state, lines, accepts: isGood && lines.every((line) => line.holds) };
    }),
  };
}

function readTested(text: string): { readonly claims: Claims; readonly assertion?: Assertion } {
  if (text === '') throw invalid('token', 'Paste a token of a CI job, or what one says as JSON.');
  if (text.length > LONGEST_TEXT)
    throw invalid('token', `This is longer than ${LONGEST_TEXT} characters, which no token of a CI job is.`);
  if (text.startsWith('{')) {
    try {
      return { claims: JSON.parse(text) as Claims };
    } catch {
      throw invalid('token', 'This begins like the claims of a token, and is no JSON.');
    }
  }
  try {
    const assertion = readAssertion(text);
    return { claims: assertion.claims, assertion };
  } catch (error) {
    throw error instanceof BadAssertion ? invalid('token', error.message) : error;
  }
}

async function signatureLine(
  services: Services,
  issuer: TokenIssuer | undefined,
  assertion: Assertion,
): Promise<Line> {
  const what = 'signature';
  if (issuer === undefined)
    return { what, holds: false, says: 'It cannot be checked without the keys of its issuer.' };
  const verdict = await verify(keyReading(services), issuer, assertion);
  return {
    what,
    holds: verdict === 'good',
    says: {
      good: `It is that of its issuer, by ${assertion.algorithm}.`,
      bad: 'It is not that of its issuer.',
      'no key': 'It is by a key that its issuer does not publish.',
      'no fresh keys': 'It cannot be checked: the keys of its issuer could not be read for a week.',
    }[verdict],
  };
}

function timeLine(claims: Claims, now: number): Line {
  const problem = timeProblem(claims, now);
  return { what: 'time', holds: problem === undefined, says: problem ?? 'It is good now.' };
}

async function useLine({ database }: Services, assertion: Assertion): Promise<Line> {
  const used = await wasUsed(database, { issuer: assertion.issuer, digest: digestOf(assertion) });
  return {
    what: 'use',
    holds: !used,
    says: used ? 'It was exchanged before, and each is good once.' : 'It was not exchanged yet.',
  };
}
