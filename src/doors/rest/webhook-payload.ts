import { statusToTell } from '../../acts/webhooks/status-told.ts';
import { TEST_EVENT } from '../../acts/webhooks/view.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { Links } from './links.ts';
import { commitStatusObject } from './objects/commit-status.ts';
import { actorObject } from './objects/pull-request.ts';
import { repositoryObject } from './objects/repository.ts';
import { PREFIX } from './prefixes.ts';
import { isOfPullRequest, pullRequestPayload } from './pull-request-payload.ts';
import { pushPayload } from './push-payload.ts';

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
  if (isOfPullRequest(event)) return pullRequestPayload(services, grant, links, event, about);
  return event === 'repo:push'
    ? pushPayload(services, grant, links, about)
    : statusPayload(services, grant, links, about);
}

async function statusPayload(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  links: Links,
  about: unknown,
): Promise<object> {
  const { repository, mainBranch, actor, commit, status } = await statusToTell(services, grant, about);
  return {
    actor: actorObject(links, actor),
    repository: repositoryObject(links, repository, { mainBranch }, undefined),
    commit_status: commitStatusObject(links, repository, commit, status),
  };
}
