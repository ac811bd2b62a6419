import { setTimeout as delay } from 'node:timers/promises';
import { recordAudit } from '../../audit/index.ts';
import {
  BadAssertion,
  claimText,
  digestOf,
  inQuotes,
  isExact,
  issueJobToken,
  issuerNamed,
  judge,
  policiesOf,
  readAssertion,
  subjectOf,
  timeProblem,
  untilOf,
  useOnce,
  verify,
  type Assertion,
  type Claims,
  type Line,
  type StandingPolicy,
  type TokenIssuer,
} from '../../federation/index.ts';
import { expandScopes, isScope, type Grant, type Scope } from '../../gate/index.ts';
import { repositoryFacts } from '../../hosting/index.ts';
import { OauthError } from '../../oauth/index.ts';
import type { Secret } from '../../credentials/index.ts';
import type { Services } from '../../services.ts';
import { decideAgain, transact } from '../transaction.ts';
import { keyReading } from './key-reading.ts';
import { repositoryMeant } from './repository-meant.ts';

/** RFC 8693 §2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];

/** The one answer about everything behind the token: a missing repository, a private one, no policy, a condition that fails. */
const NOT_ACCEPTED = 'No trust policy of this repository accepts this token.';

/** As of all labels. */
const LABEL_LENGTH = 100;

export interface JobToken {
  readonly secret: Secret;
  readonly scopes: readonly Scope[];
  readonly expiresInSeconds: number;
}

/**
 * When whatever concerns a repository and its policies is refused, in milliseconds after it was asked: later than any look-up takes, so that
 * nobody learns from the time which of them there are.
 */
const REFUSED_AFTER_MS = 100;

/** `exchange`, of which a no about the repository takes as long as every other. Throws `OauthError`. */
export async function exchangeJobToken(...given: Parameters<typeof exchange>): Promise<JobToken> {
  const since = performance.now();
  try {
    return await exchange(...given);
  } catch (error) {
    if (error instanceof OauthError && error.code === 'invalid_target')
      await delay(Math.max(0, REFUSED_AFTER_MS - (performance.now() - since)));
    throw error;
  }
}

/**
 * Exchanges the token of a CI job for a job token (RFC 8693). What is wrong with the token itself is told to whoever sent it;
 * everything about the repository and its policies is the same no. Throws `OauthError`.
 *
 * @param agent what the client says that it is
 */
async function exchange(
  services: Services,
  grant: Grant<'job_token.exchange'>,
  parameter: (name: string) => string | undefined,
  agent: string,
): Promise<JobToken> {
  const asked = readRequest(parameter);
  const assertion = believable(() => readAssertion(asked.subjectToken));
  const issuer = await issuerNamed(services.database, assertion.issuer);
  if (issuer === undefined)
    throw notGood(
      `This host knows no issuer ${inQuotes(assertion.issuer)}: its administrator registers those that count.`,
    );
  const verdict = await verify(keyReading(services), issuer, assertion);
  if (verdict !== 'good') throw notGood(SIGNATURE_WORDS[verdict]);
  const { claims } = assertion;
  const late = timeProblem(claims, services.clock());
  if (late !== undefined) throw notGood(`The subject_token cannot be used. ${late}`);
  const repository = await repositoryFacts(
    services.database,
    repositoryMeant(asked.resource, services.publicUrl),
    null,
  );
  const repositoryId = repository?.id ?? '';
  const policy = await acceptingPolicy(services, grant, repositoryId, {
    issuer,
    claims,
    scopes: asked.scopes,
  });
  const job = await issue(services, grant, { assertion, issuer, policy, scopes: asked.scopes });
  services.usage.used(
    {
      credentialId: policy.id,
      operation: grant.operation,
      targetId: repositoryId,
      outcome: 'allowed',
      address: grant.address ?? '',
      agent,
    },
    services.clock(),
  );
  return job;
}

const SIGNATURE_WORDS = {
  bad: 'The signature of the subject_token is not that of its issuer.',
  'no key': 'The subject_token is signed by a key that its issuer does not publish.',
  'no fresh keys':
    'The keys of the issuer of this subject_token could not be read for a week, and those that are kept are too old to be believed.',
} as const;

const notAccepted = (): OauthError => new OauthError('invalid_target', NOT_ACCEPTED);
/** RFC 8693 §2.2.2 has this code for a subject_token that is no good. */
const notGood = (says: string): OauthError => new OauthError('invalid_request', says);

function believable<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadAssertion ? notGood(error.message) : error;
  }
}

function readRequest(parameter: (name: string) => string | undefined) {
  const required = (name: string): string => {
    const value = parameter(name);
    if (value === undefined) throw notGood(`Required parameter is missing: ${name}.`);
    return value;
  };
  const subjectToken = required('subject_token');
  if (!SUBJECT_TYPES.includes(required('subject_token_type')))
    throw notGood(`The subject_token_type is ${SUBJECT_TYPES.join(' or ')}.`);
  if ((parameter('requested_token_type') ?? ACCESS_TOKEN_TYPE) !== ACCESS_TOKEN_TYPE)
    throw notGood(`The requested_token_type is ${ACCESS_TOKEN_TYPE}, or absent.`);
  if (parameter('actor_token') !== undefined)
    throw notGood('Leave out actor_token: a job acts for nobody but itself.');
  return { subjectToken, resource: required('resource'), scopes: scopesIn(parameter('scope')) };
}

/** Undefined where none are named: all that the policy has are meant. */
function scopesIn(text: string | undefined): readonly Scope[] | undefined {
  const words = (text ?? '').split(/[ ,]+/).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  return [...new Set(words)].map((word) => {
    if (isScope(word)) return word;
    throw new OauthError('invalid_scope', `There is no scope ${inQuotes(word.slice(0, 64))}.`);
  });
}

/** The oldest policy that accepts what the token says. Throws `OauthError`, and lets the owners of the others see why. */
async function acceptingPolicy(
  { database, clock, refusedTokens }: Services,
  { address }: Grant<'job_token.exchange'>,
  repositoryId: string,
  {
    issuer,
    claims,
    scopes,
  }: {
    readonly issuer: TokenIssuer;
    readonly claims: Claims;
    readonly scopes: readonly Scope[] | undefined;
  },
): Promise<StandingPolicy> {
  const now = clock();
  const policies = (await policiesOf(database, repositoryId, now)).filter(
    ({ issuerId, state }) => issuerId === issuer.id && state === 'active',
  );
  const refused = new Map<string, readonly string[]>();
  for (const policy of policies) {
    const why = failing(policy, claims).map(({ what, says }) => `${what}: ${says}`);
    const held = expandScopes(policy.scopes);
    const beyond = (scopes ?? []).filter((scope) => !held.has(scope));
    if (beyond.length > 0)
      why.push(`scope: It asked for ${beyond.join(' ')}, which the policy does not hold.`);
    if (why.length === 0) return policy;
    refused.set(policy.id, why);
  }
  const subject = subjectOf(claims, LABEL_LENGTH);
  for (const [id, why] of refused) refusedTokens.note(id, { at: now, address: address ?? '', subject, why });
  throw notAccepted();
}

/** What a policy demands and the claims are not; patterns are looked at only where all else holds, since they cost more. */
function failing(policy: StandingPolicy, claims: Claims): readonly Line[] {
  const exact = judge({ ...policy, conditions: policy.conditions.filter(isExact) }, claims);
  const lines = exact.every((line) => line.holds) ? judge(policy, claims) : exact;
  return lines.filter((line) => !line.holds);
}

/** The token and what remembers that it was exchanged stand or fall together. Throws `OauthError`. */
async function issue(
  services: Services,
  grant: Grant<'job_token.exchange'>,
  {
    assertion,
    issuer,
    policy,
    scopes,
  }: {
    readonly assertion: Assertion;
    readonly issuer: TokenIssuer;
    readonly policy: StandingPolicy;
    readonly scopes: readonly Scope[] | undefined;
  },
): Promise<JobToken> {
  const { claims } = assertion;
  const granted = scopes ?? policy.scopes.filter(isScope);
  const subject = subjectOf(claims, LABEL_LENGTH);
  return transact(services, async (trx) => {
    const now = services.clock();
    await decideAgain(services, trx, grant);
    const used = { issuer: issuer.issuer, digest: digestOf(assertion), until: untilOf(claims) };
    const note = (says: string) =>
      services.refusedTokens.note(policy.id, { at: now, address: grant.address ?? '', subject, why: [says] });
    if (!(await useOnce(trx, used))) {
      // Nobody sends one twice but by mistake, or who took it from somebody.
      note('use: It was exchanged before, and each is good once.');
      throw notGood('The subject_token was exchanged before, and each is good once: request another one.');
    }
    const { id: policyId, lifetimeMs, conditions } = policy;
    const wanted = { policyId, label: subject || policy.label, scopes: granted, lifetimeMs };
    const made = await issueJobToken(trx, services.keys, wanted, now);
    if (made === 'too many') note('policy: As many of its job tokens live as there can be.');
    if (made === undefined || made === 'too many') throw notAccepted();
    const { principal, address, operation } = grant;
    const detail = {
      policy: policyId,
      issuer: issuer.issuer,
      subject,
      claims: conditions.map(({ claim }) => `${claim}=${inQuotes(claimText(claims, claim) ?? '')}`),
      scopes: granted,
    };
    const entry = {
      principal,
      address,
      operation,
      target: { type: 'credential', id: made.id },
      detail,
    } as const;
    await recordAudit(trx, entry, now);
    return {
      secret: made.secret,
      scopes: granted,
      expiresInSeconds: Math.floor((made.expiresAt - now) / 1000),
    };
  });
}
