import { tellsOfPullRequests } from '../../acts/webhooks/view.ts';
import { enterFurther } from '../../entry/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/**
 * Admits whoever sets up a webhook to reading pull requests as well, where it is to tell of them; undefined where it is not.
 * Throws `Refused`.
 *
 * @param events all that it will be told of, as they were named
 */
export async function enterToTell(
  services: Services,
  grant: Grant<'webhook.change'>,
  events: readonly string[],
): Promise<Grant<'pull_request.read'> | undefined> {
  const [, { id }] = grant.targets;
  if (!tellsOfPullRequests(events)) return undefined;
  return enterFurther(services, grant, 'pull_request.read', [
    { type: 'repository', workspace: '{}', repository: `{${id}}` },
  ]);
}
