import { enterAsJob } from './entry/index.ts';
import { Refused } from './gate/index.ts';
import type { Services } from './services.ts';
import { removeLeftDownloads } from './acts/downloads/remove-nameless.ts';
import { raiseAlarms } from './acts/credentials/raise-alarms.ts';
import { purgeUsage } from './acts/credentials/purge-usage.ts';
import { removeEnded } from './acts/oauth/remove-ended.ts';
import { sendDueMail } from './acts/mail/send.ts';
import { forgetPullRequests, notifyOfPullRequest, pullRequestsToTell } from './acts/pull-requests/notify.ts';
import { purgeDeleted } from './acts/repositories/remove.ts';
import { reconcileDisk } from './acts/host/reconcile-disk.ts';
import { sweepSpool } from './acts/host/sweep-spool.ts';
import { reconcilePushes, settleLeftPushes } from './acts/git/reconcile.ts';

const EVERY_MS = 3600_000;
const ALARMS_EVERY_MS = 2000;
const NOTICES_EVERY_MS = 5000;
const MAIL_EVERY_MS = 1000;
/** While the mail server cannot be reached. */
const MAIL_PAUSE_MS = 30_000;
/** How long the message under way may take after the host was told to stop. */
const MAIL_STOP_MS = 20_000;
const HOST = [{ type: 'host' }] as const;

/**
 * What the host does by itself: at the start, it brings disk and database together again after a crash; then, now and
 * again, it removes for good what was deleted long enough ago. Messages go out as soon as they are written. Failures are
 * logged and tried again.
 */
export async function startHousekeeping(services: Services): Promise<{ stop(): Promise<void> }> {
  await reconcileDisk(services, await enterAsJob(services, 'reconcile', 'host.inspect', HOST));
  await reconcilePushes(
    services,
    await enterAsJob(services, 'reconcile', 'host.inspect', HOST),
    pushing(services),
  );
  const unwritten = new Set<string>();
  const tidy = async (): Promise<void> => {
    unwritten.clear();
    try {
      await purgeDeleted(services, await enterAsJob(services, 'purge', 'repository.purge', HOST));
    } catch (error) {
      services.log.error({ error }, 'Deleted repositories could not be removed.');
    }
    try {
      await removeEnded(services, await enterAsJob(services, 'purge', 'oauth.purge', HOST));
    } catch (error) {
      services.log.error({ error }, 'Codes of OAuth that ended could not be removed.');
    }
    try {
      await purgeUsage(services, await enterAsJob(services, 'purge', 'usage.purge', HOST));
    } catch (error) {
      services.log.error({ error }, 'Uses of credentials that are no longer kept could not be removed.');
    }
    try {
      const grant = await enterAsJob(services, 'reconcile', 'host.inspect', HOST);
      await sweepSpool(services, grant);
      await removeLeftDownloads(services, grant);
    } catch (error) {
      services.log.error({ error }, 'Files of requests that were cut off could not be removed.');
    }
  };
  const alarms = async (): Promise<void> => {
    try {
      await raiseAlarms(services, await enterAsJob(services, 'alarm', 'credential.alarm', HOST));
    } catch (error) {
      services.log.error({ error }, 'It could not be told that secrets were used after their end.');
    }
  };
  const notices = async (): Promise<void> => {
    try {
      await writeNotices(services, unwritten);
    } catch (error) {
      services.log.error({ error }, 'What people are to be told of pull requests could not be read.');
    }
  };
  const repeated = [every(EVERY_MS, tidy), every(ALARMS_EVERY_MS, alarms), every(NOTICES_EVERY_MS, notices)];
  const mail = startSending(services);
  return {
    async stop() {
      const ends = repeated.map((each) => each.stop());
      await mail.stop();
      await Promise.all(ends);
    },
  };
}

/**
 * Writes to people what happened to pull requests. What fails is tried again until it is a day old.
 *
 * @param logged repositories of which the log said in this hour that it fails
 */
export async function writeNotices(services: Services, logged: Set<string>): Promise<void> {
  const host = await enterAsJob(services, 'mail', 'mail.send', HOST);
  for (const { repositoryId, number } of await pullRequestsToTell(services, host)) {
    const target = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
    try {
      const grant = await enterAsJob(services, 'mail', 'pull_request.notify', target);
      await notifyOfPullRequest(services, grant, number);
    } catch (error) {
      if (error instanceof Refused) {
        await forgetPullRequests(services, host, repositoryId);
      } else if (!logged.has(repositoryId)) {
        logged.add(repositoryId);
        services.log.error(
          { error, repository: repositoryId, number },
          'People could not be told of a pull request.',
        );
      }
    }
  }
}

/** One round after the other. `stop` begins none, and waits for the one that runs. */
function every(ms: number, round: () => Promise<void>): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= round().finally(() => {
      running = undefined;
    });
  }, ms).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** What follows the loss of one of several processes of the host; `held` names the pushes that the others are still at. */
export async function settleAfterLoss(
  services: Services,
  held: () => Promise<ReadonlySet<string>>,
): Promise<void> {
  try {
    const grant = await enterAsJob(services, 'reconcile', 'host.inspect', HOST);
    await settleLeftPushes(services, grant, pushing(services), held);
  } catch (error) {
    services.log.error({ error }, 'The pushes of a worker that ended could not be brought to their end.');
  }
}

const pushing =
  (services: Services): Parameters<typeof reconcilePushes>[2] =>
  ({ repositoryId, data }) => {
    const target = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
    return data === 'wiki'
      ? enterAsJob(services, 'reconcile', 'wiki.push', target)
      : enterAsJob(services, 'reconcile', 'repository.push', target);
  };

/** One round at a time: where the mail server is slow, the next one waits. */
function startSending(services: Services): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const stopped = new AbortController();
  const ends = { stopping: stopping.signal, stopped: stopped.signal };
  let running = Promise.resolve();
  let timer: NodeJS.Timeout;
  const later = (wait: number): void => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      running = round();
    }, wait).unref();
  };
  const round = async (): Promise<void> => {
    try {
      const grant = await enterAsJob(services, 'mail', 'mail.send', HOST);
      const sent = await sendDueMail(services, grant, ends);
      later(sent ? MAIL_EVERY_MS : MAIL_PAUSE_MS);
    } catch (error) {
      services.log.error({ error }, 'The messages that wait could not be read.');
      later(MAIL_PAUSE_MS);
    }
  };
  later(MAIL_EVERY_MS);
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      const end = setTimeout(() => stopped.abort(), MAIL_STOP_MS);
      await running;
      clearTimeout(end);
    },
  };
}
