import { pushToTell, type PushToTell, type ToldChange } from '../../acts/webhooks/push-told.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { authorsOfCommits, authorsOfRefs, type Authors } from './attribution.ts';
import type { Links } from './links.ts';
import { commitObject } from './objects/commit.ts';
import { to } from './objects/link.ts';
import { actorObject } from './objects/pull-request.ts';
import { refObject } from './objects/ref.ts';
import { repositoryObject, type RepositoryData } from './objects/repository.ts';

/** What is sent of a push; undefined where nothing is left of it to be told. */
export async function pushPayload(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  links: Links,
  about: unknown,
): Promise<object | undefined> {
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
