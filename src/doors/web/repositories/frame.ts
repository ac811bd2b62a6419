import type { RepositoryFacts } from '../../../gate/index.ts';
import { html, type Html } from '../html.ts';
import type { PageProps } from '../pieces/index.ts';
import { workspacePath } from '../places.ts';
import { visibleName } from '../visible.ts';
import type { PageContent } from '../respond.ts';
import { linksOf } from './links.ts';

export type Section =
  | 'source'
  | 'commits'
  | 'branches'
  | 'pull-requests'
  | 'tags'
  | 'downloads'
  | 'wiki'
  | 'settings';
export type SettingsItem =
  | 'general'
  | 'overview'
  | 'access'
  | 'tokens'
  | 'trust-policies'
  | 'access-keys'
  | 'restrictions'
  | 'default-reviewers'
  | 'who-can'
  | 'webhooks'
  | 'transfer'
  | 'delete';

/** A page of a repository: where one is, and the tabs that this reader may open. */
export function repositoryPage(
  facts: RepositoryFacts,
  section: Section,
  content: {
    readonly title: string;
    readonly body: Html;
    readonly width?: PageProps['width'];
    readonly rail?: PageProps['rail'];
    readonly notice?: PageProps['notice'];
  },
): PageContent {
  const links = linksOf(facts);
  const tab = (name: Section, label: string, href: string) => ({ label, href, current: name === section });
  return {
    width: 'full',
    ...content,
    title: `${visibleName(content.title)} · ${facts.workspace.slug}/${facts.slug}`,
    workspace: facts.workspace.slug,
    placeAside: html`<span class="badge">${facts.isPrivate ? 'Private' : 'Public'}</span>`,
    breadcrumbs: [
      { label: facts.workspace.slug, href: workspacePath(facts.workspace.slug) },
      { label: facts.slug, href: links.home },
    ],
    tabs: [
      tab('source', 'Source', links.home),
      tab('commits', 'Commits', links.commits()),
      tab('branches', 'Branches', links.branches()),
      tab('pull-requests', 'Pull requests', links.pullRequests()),
      tab('tags', 'Tags', links.tags()),
      tab('downloads', 'Downloads', links.downloads()),
      ...(facts.hasWiki ? [tab('wiki', 'Wiki', links.wiki)] : []),
      ...(facts.role === 'admin' ? [tab('settings', 'Settings', links.settings)] : []),
    ],
  };
}

/** A page of the settings, with the list of all of them beside it. */
export function settingsPage(
  facts: RepositoryFacts,
  item: SettingsItem,
  content: {
    readonly title: string;
    readonly body: Html;
    readonly width?: PageProps['width'];
    readonly notice?: PageProps['notice'];
  },
): PageContent {
  const links = linksOf(facts);
  const entry = (name: SettingsItem, label: string, href: string) => ({
    label,
    href,
    current: name === item,
  });
  return repositoryPage(facts, 'settings', {
    width: 'reading',
    ...content,
    rail: {
      title: 'Repository settings',
      groups: [
        { items: [entry('general', 'General', links.settings)] },
        {
          label: 'Who and what may enter',
          items: [
            entry('overview', 'Overview', links.overview),
            entry('access', 'People and groups', links.access),
            entry('tokens', 'Access tokens', links.accessTokens),
            entry('trust-policies', 'Trust policies', links.trustPolicies),
            entry('access-keys', 'Access keys', links.accessKeys),
            entry('restrictions', 'Branch restrictions', links.restrictions),
            entry('who-can', 'Who can push', links.whoCan()),
          ],
        },
        {
          label: 'Pull requests',
          items: [entry('default-reviewers', 'Default reviewers', links.defaultReviewers)],
        },
        { label: 'Telling others', items: [entry('webhooks', 'Webhooks', links.webhooks)] },
        {
          label: 'Moving and removing',
          items: [entry('transfer', 'Transfer', links.transfer), entry('delete', 'Delete', links.delete)],
        },
      ],
    },
  });
}
