import { randomUUID } from 'node:crypto';
import { noteNotice, type PullRequest, type PullRequestActor } from '../../pull-requests/index.ts';
import type { Handle } from '../../store/handle.ts';
import { queueEvent, type ComingEvent } from '../../webhooks/index.ts';

export type PullRequestEvent = Extract<ComingEvent, `pullrequest:${string}`>;

/** What is remembered of it until it is told: the rest is read then. */
export interface ToldPullRequest {
  readonly number: number;
  /** Null for the host itself, and for who pushes with an access key. */
  readonly actor: PullRequestActor | null;
  readonly at: number;
  /** Of an event about a comment. */
  readonly comment?: number;
}

/** Webhooks of the repository, and by mail the people whom it concerns, are told what happened to a pull request. Give it the transaction of what happened. */
export async function tellOfPullRequest(
  trx: Handle,
  event: PullRequestEvent,
  { repositoryId, number }: Pick<PullRequest, 'repositoryId' | 'number'>,
  actor: PullRequestActor | null,
  now: number,
  comment?: number,
): Promise<void> {
  await noteNotice(trx, { repositoryId, number }, event, actor, now, comment);
  const about: ToldPullRequest = { number, actor, at: now, ...(comment !== undefined && { comment }) };
  await queueEvent(trx, { repositoryId, event, subject: randomUUID(), about: { ...about } }, now);
}
