import type { Actor } from '../../acts/webhooks/actor.ts';
import { pushToTell, type PushToTell, type ToldChange } from '../../acts/webhooks/push-told.ts';
import { statusToTell } from '../../acts/webhooks/status-told.ts';
import { TEST_EVENT } from '../../acts/webhooks/view.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { authorsOfCommits, authorsOfRefs, type Authors } from './attribution.ts';
import { Links } from './links.ts';
import { appUserObject, userObject } from './objects/account.ts';
import { commitObject } from './objects/commit.ts';
import { commitStatusObject } from './objects/commit-status.ts';
import { to } from './objects/link.ts';
import { refObject } from './objects/ref.ts';
import { repositoryObject, type RepositoryData } from './objects/repository.ts';
import { PREFIX } from './prefixes.ts';

/**
 * What a webhook is sent, in the objects of the API; undefined where nothing is left of it to be told.
 *
 * @param event such as `repo:push`
 * @param about what was remembered of it
 */
export async function webhookPayload(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  { event, about }: { readonly event: string; readonly about: unknown },
): Promise<object | undefined> {
  // As Bitbucket Data Center sends it: nothing happened, so there is nothing to tell.
  if (event === TEST_EVENT) return { test: true };
  const links = new Links(services.publicUrl, PREFIX, services.ssh?.url);
  if (event !== 'repo:push') {
    const { repository, mainBranch, actor, commit, status } = await statusToTell(services, grant, about);
    return {
      actor: actorObject(links, actor),
      repository: repositoryObject(links, repository, { mainBranch }, undefined),
      commit_status: commitStatusObject(links, repository, commit, status),
    };
  }
  const push = await pushToTell(services, grant, about);
  if (push === undefined) return undefined;
  const { repository, mainBranch, actor, changes } = push;
  const authors = await authorsOf(services, grant, push);
  return {
    actor: actorObject(links, actor),
    repository: repositoryObject(links, repository, { mainBranch }, undefined),
    push: { changes: changes.map((change) => changeObject(links, repository, change, authors)) },
  };
}

const actorObject = (links: Links, actor: Actor | null) =>
  actor === null
    ? null
    : actor.type === 'account'
      ? userObject(links, actor.account)
      : appUserObject(links, actor.appUser);

async function authorsOf(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  { changes }: PushToTell,
): Promise<Authors> {
  const refs = changes.flatMap((change) => [change.old ?? [], change.new ?? []].flat());
  const ofRefs = await authorsOfRefs(services, grant, refs);
  const ofCommits = await authorsOfCommits(
    services,
    grant,
    changes.flatMap(({ commits }) => commits),
  );
  return {
    people: new Map([...ofRefs.people, ...ofCommits.people]),
    bots: new Map([...ofRefs.bots, ...ofCommits.bots]),
  };
}

/** With the parts that it has at Bitbucket Cloud: commits of branches alone, and links where something is left to lead to. */
function changeObject(links: Links, repository: RepositoryData, change: ToldChange, authors: Authors) {
  const [old, now] = [change.old, change.new].map((ref) =>
    ref === null ? null : refObject(links, repository, ref, authors),
  );
  const { kind, commits, isForced, isTruncated } = change;
  return {
    old,
    new: now,
    created: change.old === null,
    closed: change.new === null,
    forced: isForced,
    truncated: isTruncated,
    ...(kind === 'branch' &&
      change.new !== null && {
        commits: commits.map((commit) => commitObject(links, repository, commit, authors)),
      }),
    ...(change.new?.commit != null && { links: linksOf(links, repository, change, now?.links.html) }),
  };
}

function linksOf(
  links: Links,
  { workspace, slug }: RepositoryData,
  { kind, old, new: now }: ToldChange,
  html: { readonly href: string } | undefined,
) {
  const [before, after] = [old?.commit?.id, now?.commit?.id ?? ''];
  const query = new URLSearchParams({ include: after, ...(before !== undefined && { exclude: before }) });
  const api = (...segments: string[]) => links.api('repositories', workspace.slug, slug, ...segments);
  return {
    commits: to(`${api('commits')}?${query.toString()}`),
    ...(kind === 'branch' && {
      html: html ?? to(links.page(workspace.slug, slug)),
      ...(before !== undefined && { diff: to(api('diff', `${after}..${before}`)) }),
    }),
  };
}
