import { hasEnded, standingOf } from '../../../acts/credentials/standing.ts';
import type { WhichPage } from '../../../acts/credentials/which-page.ts';
import { conditionText } from '../../../acts/federation/presets.ts';
import type { ShownPolicy, ViewedPolicy } from '../../../acts/federation/view.ts';
import type { Credential, CredentialPage } from '../../../credentials/index.ts';
import { confinedTo, opens, whatAndWhether } from '../credentials/detail.ts';
import { lifeFacts } from '../credentials/life-facts.ts';
import { credentialPages } from '../credentials/lines.ts';
import { pauseOpener } from '../credentials/pause.ts';
import { scopeChipsOf } from '../credentials/scopes.ts';
import { OF_A_KEY, usageSection } from '../credentials/usage.ts';
import { html, type Html } from '../html.ts';
import {
  confirmOpener,
  copyLine,
  emptyState,
  exactTime,
  facts,
  pageHead,
  scopeChips,
  table,
  time,
  type ConfirmProps,
} from '../pieces/index.ts';
import type { Links } from '../repositories/links.ts';

const TITLE = 'Trust policies';

export function policiesBody(props: {
  readonly links: Links;
  readonly which: WhichPage;
  readonly shown: CredentialPage & { readonly policies: ReadonlyMap<string, ShownPolicy> };
  readonly makers: ReadonlyMap<string, string>;
  readonly boundWords: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
}): Html {
  const { links, which, shown, makers, boundWords, now } = props;
  const hasAny = shown.size + shown.others > 0;
  const test = html`<a class="button" href="${links.testTrustPolicies}">Try a token</a>`;
  return html`${pageHead({
    title: TITLE,
    lead: 'Each lets certain jobs of a CI system in with the identity that they have, so that no secret of this host lies there.',
    actions:
      hasAny &&
      html`${test} <a class="button button-primary" href="${links.newTrustPolicy}">Create trust policy</a>`,
  })}${credentialPages({
    label: TITLE,
    href: links.trustPolicies,
    which,
    shown,
    now,
    boundWords,
    detailHref: ({ id }) => links.trustPolicy(id),
    action: (each) => confirmOpener(revokePolicyQuestion(each, links)),
    createdBy: ({ createdBy }) => (createdBy === null ? 'the command line' : makers.get(createdBy)),
    besides: ({ id }) => {
      const policy = shown.policies.get(id);
      return policy && `${policy.issuer.title}: ${policy.conditions.map(conditionText).join(', ')}.`;
    },
    empty: emptyState({
      title: hasAny ? 'No active trust policies' : 'No trust policies yet',
      body: 'A job of GitHub Actions, GitLab CI or another CI system shows who it is by a token that is made for it, and gets one of this host for a few minutes.',
      action: { label: 'Create a trust policy', href: links.newTrustPolicy },
    }),
  })}`;
}

export function revokePolicyQuestion(policy: Credential, links: Links): ConfirmProps {
  const address = links.trustPolicy(policy.id, '/revoke');
  return {
    title: `Revoke “${policy.label}”?`,
    what: policy.label,
    consequences: [
      'It lets no job in any more, and every job token that came of it is refused from the next request on: jobs that run now fail.',
      'This cannot be undone: to let them in again, create another policy.',
    ],
    action: address,
    pageHref: address,
    cancelHref: links.trustPolicies,
    submitLabel: 'Revoke',
    danger: true,
  };
}

export function revokeJobTokenQuestion(policyId: string, token: Credential, links: Links): ConfirmProps {
  const address = links.trustPolicy(policyId, `/tokens/${encodeURIComponent(token.id)}/revoke`);
  return {
    title: `Revoke the token of “${token.label}”?`,
    what: token.label,
    consequences: [
      'The job that has it is refused from the next request on. The policy goes on letting jobs in.',
    ],
    action: address,
    pageHref: address,
    cancelHref: links.trustPolicy(policyId),
    submitLabel: 'Revoke',
    danger: true,
  };
}

/** Of a policy, the uses of all that came of it. */
const USAGE_WORDS = {
  ...OF_A_KEY,
  title: 'What its jobs did',
  sum: (admitted: number) =>
    `In 90 days its jobs were let in ${admitted.toLocaleString('en')} ${admitted === 1 ? 'time' : 'times'}, each exchange and each request counted.`,
  advice: (them: string) =>
    `Scopes are never taken off a policy: if its jobs will not need ${them} later, make one without ${them} and revoke this.`,
} as const;

export function policyBody(props: {
  readonly links: Links;
  readonly viewed: ViewedPolicy;
  readonly maker: string | undefined;
  readonly botHost: string;
  readonly publicUrl: string;
  /** `workspace/repository`. */
  readonly name: string;
  readonly now: Date;
}): Html {
  const { links, viewed, maker, botHost, now } = props;
  const { credential, policy } = viewed;
  const ended = hasEnded(credential);
  const href = (below: string) => links.trustPolicy(credential.id, below);
  const asJob = { ...viewed, credential: { ...credential, kind: 'federated_job_token' } as const };
  return html`${pageHead({
    title: credential.label,
    lead: whatAndWhether({ ...credential, state: standingOf(credential) }, now),
    actions: html`<a class="button" href="${links.testTrustPolicies}">Try a token</a>${
      !ended &&
      html` <a class="button" href="${href('/narrow')}">Narrow…</a> ${pauseOpener(credential, links.trustPolicy)} ${confirmOpener(
        revokePolicyQuestion(credential, links),
        'Revoke',
      )}`
    }`,
  })}${facts([
    {
      name: 'CI system',
      value: html`${policy.issuer.title} <code>${policy.issuer.issuer}</code>${policy.issuer.removedAt !== null && html` <span class="state state-revoked">Removed</span>`}`,
    },
    {
      name: 'Conditions',
      value: html`<ul class="plain-list">${policy.conditions.map((each) => html`<li><code>${conditionText(each)}</code></li>`)}</ul>`,
    },
    { name: 'Audience', value: html`<code>${policy.audience}</code>` },
    { name: 'Scopes', value: scopeChips(scopeChipsOf(credential.scopes)) },
    { name: 'A job token lives', value: minutes(policy.lifetimeMs) },
    ...lifeFacts(credential, now),
    ...(credential.appUser === null
      ? []
      : [{ name: 'Commits as', value: html`<code>${credential.appUser.accountId}@bots.${botHost}</code>` }]),
    ...(maker === undefined ? [] : [{ name: 'Made by', value: maker }]),
  ])}${!ended && entering(props)}${confinedTo(viewed, ended ? undefined : href('/narrow'))}${jobTokens(props)}${refusals(props)}${usageSection(viewed.usage, now, USAGE_WORDS)}${opens(asJob)}`;
}

const minutes = (ms: number): string => {
  const number = ms / 60_000;
  return number === 1 ? 'one minute' : `${number} minutes`;
};

const entering = ({ name, publicUrl }: { readonly name: string; readonly publicUrl: string }): Html =>
  html`<section aria-labelledby="entering"><h2 id="entering">How a job enters</h2><p>It sends the token of its CI system, and gets a job token: Bearer for the API, and over Git the password of <code>x-token-auth</code>.</p>${copyLine(
    {
      label: 'With the command line of Latchkey, in the job',
      text: `latchkey job-token --url ${publicUrl} --repository ${name} < token-of-the-job`,
    },
  )}${copyLine({
    label: 'With curl',
    text: `curl --silent ${publicUrl}/site/oauth2/access_token --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:token-exchange --data-urlencode subject_token_type=urn:ietf:params:oauth:token-type:jwt --data-urlencode resource=${publicUrl}/${name} --data-urlencode subject_token@token-of-the-job`,
  })}</section>`;

function jobTokens({
  viewed: { jobTokens: tokens, jobTokenCount, credential },
  links,
  now,
}: {
  readonly viewed: ViewedPolicy;
  readonly links: Links;
  readonly now: Date;
}): Html {
  return html`<section aria-labelledby="job-tokens"><h2 id="job-tokens">Job tokens that live</h2>${table({
    caption: 'Job tokens that live, newest first',
    quietCaption: true,
    rows: tokens,
    empty: emptyState({
      title: 'None now',
      body: 'A job token lives for some minutes, and is gone by itself.',
    }),
    columns: [
      {
        label: 'Job',
        cell: (token) => html`${token.label}<br><code class="quiet">${token.id}</code>`,
      },
      { label: 'Scopes', cell: ({ scopes }) => scopes.join(', ') },
      { label: 'Made', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
      {
        label: 'Last used',
        cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : time({ at: new Date(lastUsedAt), now })),
      },
      {
        label: 'Ends',
        cell: ({ expiresAt }) => (expiresAt === null ? '' : time({ at: new Date(expiresAt), now })),
      },
      {
        label: 'Revoke',
        quietLabel: true,
        align: 'end',
        cell: (token) => confirmOpener(revokeJobTokenQuestion(credential.id, token, links)),
      },
    ],
  })}${jobTokenCount > tokens.length && html`<p class="quiet">The newest ${tokens.length} of ${jobTokenCount}.</p>`}</section>`;
}

const refusals = ({
  viewed: { refused },
  now,
}: {
  readonly viewed: ViewedPolicy;
  readonly now: Date;
}): Html =>
  html`<section aria-labelledby="refused"><h2 id="refused">Tokens that it refused</h2>${table({
    caption: 'The last tokens that it refused, the latest first',
    quietCaption: true,
    rows: refused,
    empty: emptyState({
      title: 'None on record',
      body: 'Whoever is refused hears only that no policy accepts the token. Here is said which condition failed, and what the token had instead.',
    }),
    columns: [
      { label: 'Job', cell: ({ subject }) => subject || 'It did not say which' },
      {
        label: 'Why',
        cell: ({ why }) => html`<ul class="plain-list">${why.map((each) => html`<li>${each}</li>`)}</ul>`,
      },
      { label: 'From', cell: ({ address }) => html`<code>${address}</code>` },
      { label: 'When', cell: ({ at }) => exactTime({ at: new Date(at), now }) },
    ],
  })}</section>`;
