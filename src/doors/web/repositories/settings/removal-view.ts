import type { Searched } from '../../../../acts/offered.ts';
import type { Credential } from '../../../../credentials/index.ts';
import type { Problem } from '../../../../problem.ts';
import { choiceField } from '../../choice-field.ts';
import { html, type Html, type Renderable } from '../../html.ts';
import { emptyState, form, pageHead, time } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';
import { plural } from '../words.ts';

interface Place {
  readonly slug: string;
  readonly name: string;
}

export const transferIsForOwnersBody = (workspace: Place): Html =>
  html`${pageHead({ title: 'Transfer' })}${emptyState({
    title: 'Owners of the workspace transfer its repositories',
    body: `Ask an owner of ${workspace.name} to move this one to another workspace.`,
  })}`;

export function transferChoiceBody(props: {
  readonly links: Links;
  readonly workspace: Place;
  readonly choices: Searched<Place>;
  /** What is the name of none of them. */
  readonly typed: string;
  readonly problem: Problem | undefined;
}): Html {
  const { choices, typed, problem } = props;
  const head = pageHead({
    title: 'Transfer',
    lead: `Move this repository from ${props.workspace.name} to another workspace.`,
  });
  if (choices.size === 0) {
    return html`${head}${emptyState({
      title: 'There is no workspace to move it to',
      body: 'You can move it to any other workspace in which you may create repositories, and there is none.',
      action: { label: 'Create a workspace', href: places.newWorkspace },
    })}`;
  }
  return html`${head}${form({
    action: props.links.transfer,
    method: 'get',
    fields: [
      choiceField({
        name: 'to',
        label: 'Workspace',
        help: 'Workspaces in which you may create repositories. What moving means is said on the next page, before anything happens.',
        offered: choices,
        option: ({ slug, name }) => ({ value: slug, label: `${name} (${slug})` }),
        value: typed,
        typing: 'the name of one in its address',
        required: true,
        error: errorIn(problem, 'to'),
      }),
    ],
    submit: { label: 'Continue' },
  })}`;
}

export function transferBody(props: {
  readonly links: Links;
  readonly slug: string;
  readonly from: Place;
  readonly to: Place;
  readonly tokens: readonly Credential[];
  readonly problem: Problem | undefined;
  readonly now: Date;
}): Html {
  const { links, slug, from, to } = props;
  return html`${pageHead({ title: `Transfer ${slug} to ${to.name}?` })}<ul class="plain-list">
<li>Its address becomes <code>${to.slug}/${slug}</code>. The old one, <code>${from.slug}/${slug}</code>, leads there until another repository takes it.</li>
<li>People and groups of ${from.name} lose the roles they were given on it; owners of ${to.name} become its admins.</li>
<li>${tokensWords(props.tokens, props.now)}</li>
<li>Branches, tags, history and the wiki stay as they are.</li></ul>${form({
    action: links.transferTo(to.slug),
    error: errorAbove(props.problem, []),
    submit: { label: 'Transfer repository', danger: true, cancelHref: links.transfer },
  })}`;
}

export function deleteBody(props: {
  readonly links: Links;
  readonly slug: string;
  readonly workspace: Place;
  readonly hasWiki: boolean;
  readonly tokens: readonly Credential[];
  readonly restorableDays: number;
  readonly typed: string;
  readonly problem: Problem | undefined;
  readonly now: Date;
}): Html {
  const { slug, workspace, restorableDays } = props;
  return html`${pageHead({ title: `Delete ${slug}?` })}<ul class="plain-list">
<li>Branches, tags and history${props.hasWiki && ' and the wiki'} are gone for everybody at once. Clones that people have stay theirs.</li>
<li>${tokensWords(props.tokens, props.now)}</li>
<li>${
    restorableDays > 0
      ? `For ${plural(restorableDays, 'day')} an owner of ${workspace.name} can restore it; then it is removed for good. Its access tokens stay revoked either way.`
      : 'It is removed for good and cannot be restored.'
  }</li></ul><div class="danger-zone">${form({
    action: props.links.delete,
    error: errorAbove(props.problem, ['name']),
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: `Type ${slug} to confirm`,
        value: props.typed,
        code: true,
        required: true,
        error: errorIn(props.problem, 'name'),
      },
    ],
    submit: { label: 'Delete repository', danger: true, cancelHref: props.links.settings },
  })}</div>`;
}

/** What the keys of the repository mean for the decision: a key that worked an hour ago is a job that stops. */
function tokensWords(tokens: readonly Credential[], now: Date): Renderable {
  const last = tokens[0]?.lastUsedAt ?? null;
  if (tokens.length === 0) return 'It has no active access tokens.';
  return html`${plural(tokens.length, 'access token')} ${tokens.length === 1 ? 'stops' : 'stop'} working for good; ${
    last === null
      ? tokens.length === 1
        ? 'it was never used.'
        : 'none was ever used.'
      : html`${tokens.length === 1 ? 'it' : 'one of them'} was used ${time({ at: new Date(last), now })}.`
  }`;
}
