import type { TokenIssuer } from '../../../federation/index.ts';
import type { Problem } from '../../../problem.ts';
import { keyChooser, type KeyChooserProps } from '../credentials/chooser.ts';
import { html, type Html } from '../html.ts';
import { emptyState, fields, pageHead, part, type FieldProps } from '../pieces/index.ts';
import type { Links } from '../repositories/links.ts';
import { errorIn } from '../respond.ts';
import type { TypedTrust } from './typed.ts';

const FIELDS = ['issuer', 'conditions', 'audience', 'lifetime'] as const;

/** The page of a new trust policy: that of a key, with a part that says whose jobs it lets in. */
export function newPolicyBody(
  props: Pick<KeyChooserProps, 'kind' | 'typed' | 'preview' | 'formToken' | 'address' | 'routes'> & {
    readonly links: Links;
    /** `workspace/repository`. */
    readonly name: string;
    readonly trust: TypedTrust;
    readonly issuers: readonly TokenIssuer[];
    readonly publicUrl: string;
    readonly problem: Problem | undefined;
    readonly mayLiveForever: boolean;
  },
): Html {
  const { links, name, issuers, mayLiveForever, ...rest } = props;
  const head = pageHead({
    title: 'Create trust policy',
    lead: 'Jobs that it lets in show a token of their CI system, and get one of this host for a few minutes. There is no secret to store.',
  });
  if (issuers.length === 0)
    return html`${head}${emptyState({
      title: 'No CI system is registered',
      body: html`An administrator of this host says first whose tokens count: under <em>CI issuers</em>, or by <code>latchkey issuer add</code>.`,
    })}`;
  return html`${head}${keyChooser({
    ...rest,
    action: links.newTrustPolicy,
    cancelHref: links.trustPolicies,
    submitLabel: 'Create trust policy',
    everywhere: `only in ${name}`,
    reach: html`<p>It opens <code>${name}</code> and its wiki, as far as its permissions go, and no other repository. It dies with the repository, and when that moves to another workspace.</p>`,
    expires: {
      help: mayLiveForever
        ? 'The policy lets jobs in until the end of this day, in UTC. Leave it empty for one that does not expire.'
        : 'The policy lets jobs in until the end of this day, in UTC. This workspace demands an expiry.',
      required: !mayLiveForever,
    },
    repositories: [],
    besides: { part: trustPart(props), fields: FIELDS },
  })}`;
}

function trustPart({
  trust,
  issuers,
  publicUrl,
  problem,
}: {
  readonly trust: TypedTrust;
  readonly issuers: readonly TokenIssuer[];
  readonly publicUrl: string;
  readonly problem: Problem | undefined;
}): Html {
  const chosen = issuers.find(({ issuer }) => issuer === trust.issuer);
  const list: readonly FieldProps[] = [
    {
      kind: 'select',
      name: 'issuer',
      label: 'CI system',
      help: 'An administrator of this host registered these.',
      required: true,
      value: trust.issuer,
      options: issuers.map(({ issuer, title }) => ({ value: issuer, label: `${title} (${issuer})` })),
      error: errorIn(problem, 'issuer'),
    },
    {
      kind: 'textarea',
      name: 'conditions',
      label: 'Conditions',
      help: html`One a line, CLAIM=TEXT; all must hold. At least one names an id that is never given to anybody else, exactly: ${issuers
        .filter((each) => chosen === undefined || each === chosen)
        .map(
          ({ title, immutableClaims }, index) =>
            html`${index > 0 && '; '}${title}: ${immutableClaims.map((claim, at) => html`${at > 0 && ' or '}<code>${claim}</code>`)}`,
        )}. A <code>*</code> stands for anything between two slashes, as in <code>ref=refs/heads/release-*</code>.`,
      required: true,
      value: trust.conditions,
      rows: 4,
      code: true,
      error: errorIn(problem, 'conditions'),
    },
    {
      kind: 'text',
      name: 'audience',
      label: 'Audience',
      help: html`For whom the CI system has to make the token, compared exactly; empty means <code>${publicUrl}</code>.`,
      value: trust.audience,
      maxlength: 500,
      code: true,
      error: errorIn(problem, 'audience'),
    },
    {
      kind: 'number',
      name: 'lifetime',
      label: 'Minutes for which a job token lives',
      help: 'From 1 to 60. As long as the job works with it, and no longer.',
      required: true,
      value: trust.lifetime,
      error: errorIn(problem, 'lifetime'),
    },
  ];
  return part({
    title: 'Whose jobs?',
    summary: trust.conditions.replaceAll('\n', '; '),
    open: true,
    body: fields(list),
  });
}
