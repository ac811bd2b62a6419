import type { Bound, CredentialKind } from '../../../gate/index.ts';
import { html, type Html } from '../html.ts';
import { pushesWithoutReading } from './ready-lines.ts';
import type { TypedKey } from './typed-key.ts';
import { openedUnder } from './scopes.ts';

/** Ties the button beside the form to it. */
export const FORM_ID = 'new-key';

/** The key as it would be made, as far as what was typed can be read. */
export interface PreviewedKey {
  readonly bounds: readonly Bound[];
  /** In the same order. */
  readonly words: readonly string[];
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  /** Why the fields that cannot be read cannot be: they count for nothing here. */
  readonly unread: ReadonlyMap<string, string>;
}

interface Doubted extends PreviewedKey {
  readonly kind: CredentialKind;
  readonly scopes: readonly string[];
}

const PUSHING = ['repository:write', 'pullrequest:write', 'write:repository:bitbucket'];

const bound = <Kind extends Bound['kind']>(key: PreviewedKey, kind: Kind) =>
  key.bounds.find((each): each is Extract<Bound, { kind: Kind }> => each.kind === kind);

/** Where what was typed cannot be read, nothing is said of what it might amount to. */
const PLACES = ['repository', 'project', 'workspace'];
const REFS = ['branches', 'branch-changes', 'tags', 'tag-changes', 'ref', 'deny-ref'];
const isUnread = ({ unread }: PreviewedKey, fields: readonly string[]): boolean =>
  ['', ...fields].some((field) => unread.has(field));

/** Kinds that open more than one repository. */
const FAR_REACHING: ReadonlySet<CredentialKind> = new Set([
  'app_password',
  'api_token',
  'project_access_token',
  'workspace_access_token',
]);

/** What a key could do that its job probably need not. */
const DOUBTS: readonly { readonly about: (key: Doubted) => boolean; readonly says: string }[] = [
  {
    about: ({ scopes }) =>
      scopes.includes('repository:delete') || scopes.includes('delete:repository:bitbucket'),
    says: 'It could delete repositories. Hardly a script has to.',
  },
  {
    about: ({ scopes }) =>
      scopes.includes('repository:admin') || scopes.includes('admin:repository:bitbucket'),
    says: 'It could change settings, such as making a repository public.',
  },
  {
    about: (key) =>
      key.scopes.some((scope) => PUSHING.includes(scope)) &&
      bound(key, 'refs') === undefined &&
      !isUnread(key, REFS),
    says: 'It could push to every branch and tag, rewrite them and delete them. Name the ones that it needs.',
  },
  {
    about: (key) => {
      const refs = bound(key, 'refs');
      return refs !== undefined && refs.allow.some(({ pattern }) => /^refs\/heads\/\*+$/.test(pattern.text));
    },
    says: 'It could push to every branch, the main one too. Name those that it works on.',
  },
  {
    about: (key) =>
      bound(key, 'refs')?.allow.some(
        ({ changes }) => changes.includes('force') || changes.includes('delete'),
      ) === true,
    says: 'It could take away commits that others rely on, by force or by deleting.',
  },
  {
    about: (key) =>
      FAR_REACHING.has(key.kind) &&
      bound(key, 'repositories') === undefined &&
      !isUnread(key, PLACES) &&
      key.scopes.some((scope) => /(?:^|:)repository|^wiki$|^project$/.test(scope)),
    says: 'It opens many repositories. Name those that it needs, or make an access token of the one.',
  },
  {
    // A trust policy has nothing that can be lost.
    about: (key) =>
      key.kind !== 'federated_job_token' &&
      key.scopes.length > 0 &&
      key.expiresAt === null &&
      !isUnread(key, ['expires']),
    says: 'It never expires: lost in five years, it still opens. Choose a last day.',
  },
];

/** "a", "a and b", "a, b and c". */
const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const moment = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

export function untilWords(key: PreviewedKey): string {
  const { notBefore, expiresAt } = key;
  const from = isUnread(key, ['not-before'])
    ? 'from a moment that is not clear yet '
    : notBefore === null
      ? ''
      : `from ${moment(notBefore)} UTC `;
  if (isUnread(key, ['expires'])) return `${from}until a moment that is not clear yet`;
  return expiresAt === null ? `${from}until it is revoked` : `${from}until ${moment(expiresAt)} UTC`;
}

/** The whole key in one sentence. */
function keySentence(
  key: PreviewedKey,
  kind: CredentialKind,
  scopes: readonly string[],
  everywhere: string,
): string {
  const { opened } = openedUnder(kind, scopes, kindsOf(key));
  const anywhere = bound(key, 'repositories') === undefined && !isUnread(key, PLACES);
  const where = anywhere ? [everywhere] : [];
  return `It may ${listed(opened)}; ${[...where, ...key.words, untilWords(key)].join('; ')}.`;
}

const kindsOf = (key: PreviewedKey) => key.bounds.map((each) => each.kind);

/**
 * The whole key read back beside its form. Without the script it is what the server knew when it made the page, and the
 * button asks anew; with it, it follows every change.
 */
export function readBack(props: {
  readonly kind: CredentialKind;
  readonly typed: TypedKey;
  readonly scopes: readonly string[];
  readonly preview: PreviewedKey;
  /** "everywhere that you may go", where no repositories are chosen. */
  readonly everywhere: string;
}): Html {
  const { kind, typed, scopes, preview } = props;
  const label = typed.label.trim();
  const { opened, shut } = openedUnder(kind, scopes, kindsOf(preview));
  const doubts = DOUBTS.filter(({ about }) => about({ ...preview, kind, scopes }));
  return html`<div class="stack" data-read-back><h2>${label === '' ? 'The key, read back' : `“${label}”`}</h2>${
    opened.length === 0
      ? html`<p>Opens nothing so far. Choose the least that does the work: a key that only reads cannot break anything when it leaks.</p>`
      : html`<p>${keySentence(preview, kind, scopes, props.everywhere)}</p>`
  }${[...preview.unread.values()].map((sentence) => html`<p><strong>Not read yet:</strong> ${sentence}</p>`)}${
    shut.length > 0 &&
    html`<p><strong>Shut by its bounds:</strong> it may not ${listed(shut)}, though its scopes would let it. Nobody could say whether that stays within them.</p>`
  }${
    pushesWithoutReading(scopes) &&
    html`<p><strong>It cannot clone or fetch:</strong> among granular scopes writing does not contain reading. Add <code>read:repository:bitbucket</code> where it has to.</p>`
  }${
    doubts.length > 0 &&
    html`<div><p><strong>Does it need this?</strong></p><ul class="plain-list">${doubts.map(({ says }) => html`<li>${says}</li>`)}</ul></div>`
  }<p class="quiet">No key can sign in here, make or widen other keys, or manage a workspace.</p></div><p><button type="submit" class="button button-small" form="${FORM_ID}" name="read_back" value="1" data-read-back-button>Read it back</button></p>`;
}
