import { z } from 'zod';
import type { Commit as CommitData, Signature } from '../../../acts/source/commits.ts';
import { shortened } from '../../shared/shortened.ts';
import type { Authors } from '../attribution.ts';
import type { Links } from '../links.ts';
import { AppUser, appUserObject, User, userObject } from './account.ts';
import { linksNamed, to } from './link.ts';
import { CondensedRepository, condensedRepositoryObject, type RepositoryData } from './repository.ts';

/** In characters. Of a hundred commits in a list none may fill the answer alone; whoever wants more asks for the commit. */
const LONGEST_IN_LISTS = 8 * 1024;
/** More than an octopus has, and fewer than a commit can name. */
const MOST_PARENTS = 100;

export const Rendered = z
  .object({ type: z.literal('rendered'), raw: z.string(), markup: z.literal('markdown'), html: z.string() })
  .meta({ id: 'Rendered' });

export const Author = z
  .object({
    type: z.literal('author'),
    raw: z.string().describe('As it stands in the commit: Name <mail>.'),
    user: z
      .union([User, AppUser])
      .optional()
      .describe(
        'Where the e-mail address is that of an account, or of an access token that pushed the commit.',
      ),
  })
  .meta({ id: 'Author' });

/** A commit named inside another object. */
export const CommitReference = z
  .object({ type: z.literal('commit'), hash: z.string(), links: linksNamed('self', 'html') })
  .meta({ id: 'CommitReference' });

export const Commit = z
  .object({
    type: z.literal('commit'),
    hash: z.string(),
    date: z.string(),
    author: Author,
    message: z.string(),
    summary: Rendered,
    parents: z.array(CommitReference),
    repository: CondensedRepository,
    links: linksNamed('self', 'html', 'diff', 'patch', 'statuses'),
  })
  .meta({ id: 'Commit' });

/** A commit read by itself. */
export const SingleCommit = Commit.extend({
  rendered: z.object({ message: Rendered }),
  participants: z.array(z.never()),
}).meta({ id: 'SingleCommit' });

export const commitReference = (
  links: Links,
  repository: RepositoryData,
  hash: string,
): z.input<typeof CommitReference> => {
  const { workspace, slug } = repository;
  return {
    type: 'commit',
    hash,
    links: {
      self: to(links.api('repositories', workspace.slug, slug, 'commit', hash)),
      html: to(links.page(workspace.slug, slug, 'commit', hash)),
    },
  };
};

export function authorObject(
  links: Links,
  { name, email }: Signature,
  authors: Authors,
  commit?: string,
): z.input<typeof Author> {
  const person = authors.people.get(email.toLowerCase());
  const bot = commit === undefined ? undefined : authors.bots.get(commit);
  return {
    type: 'author',
    raw: `${name} <${email}>`.trim(),
    ...(bot !== undefined && { user: appUserObject(links, bot) }),
    ...(bot === undefined && person !== undefined && { user: userObject(links, person) }),
  };
}

/** What is shown of a message where it is one of many. */
export const messageInLists = (message: string): string => shortened(message, LONGEST_IN_LISTS);

/** A commit in a list, or as what a branch or tag leads to. */
export function commitObject(
  links: Links,
  repository: RepositoryData,
  commit: CommitData,
  authors: Authors,
): z.input<typeof Commit> {
  const message = messageInLists(commit.message);
  const parents = commit.parents.slice(0, MOST_PARENTS);
  const reference = commitReference(links, repository, commit.id);
  const { workspace, slug } = repository;
  const beside = (what: string) => to(links.api('repositories', workspace.slug, slug, what, commit.id));
  return {
    ...reference,
    links: {
      ...reference.links,
      diff: beside('diff'),
      patch: beside('patch'),
      statuses: to(`${reference.links.self.href}/statuses`),
    },
    date: commit.committer.date,
    author: authorObject(links, commit.author, authors, commit.id),
    message,
    summary: rendered(message),
    parents: parents.map((parent) => commitReference(links, repository, parent)),
    repository: condensedRepositoryObject(links, repository),
  };
}

export function singleCommitObject(
  links: Links,
  repository: RepositoryData,
  commit: CommitData,
  authors: Authors,
): z.input<typeof SingleCommit> {
  const { message } = commit;
  const summary = rendered(message);
  return {
    ...commitObject(links, repository, commit, authors),
    message,
    summary,
    rendered: { message: summary },
    participants: [],
  };
}

/** Paragraphs and nothing else: whatever stands in it, it is shown as text and not as markup. */
export function rendered(raw: string): z.input<typeof Rendered> {
  const paragraphs = raw
    .trim()
    .split(/\n{2,}/)
    .filter((text) => text !== '');
  return {
    type: 'rendered',
    raw,
    markup: 'markdown',
    html: paragraphs.map((text) => `<p>${escapeText(text)}</p>`).join('\n'),
  };
}

/** The same of one of many: what it is laid out as is cut, so that none fills the answer; the text itself is whole, as clients send it back. */
export const renderedInLists = (raw: string): z.input<typeof Rendered> => ({
  ...rendered(messageInLists(raw)),
  raw,
});

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeText = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
