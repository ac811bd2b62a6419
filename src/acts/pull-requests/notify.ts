import { accountsOfEach, whoWantsMail } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { mayBeMailed } from '../../limits/index.ts';
import { hasRoomInOutbox, postMessage, type PullRequestNews } from '../../mail/index.ts';
import {
  forgetNotices,
  noteTold,
  noticesOf,
  placesToTell,
  takeNotices,
  untoldReviewers,
  type Notice,
  type NoticedEvent,
  type PullRequestActor,
  type PullRequestPlace,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { readersAmong } from '../explain/readers.ts';
import { viewRepository } from '../repositories/view.ts';
import { change } from '../transaction.ts';
import { isSameActor, type Actor, type People } from './people.ts';
import { pullRequestOf, withPeople, type ViewedPullRequest } from './view.ts';

/** What happens within a minute is told at once; where it never stops, after ten. */
const QUIET_MS = 60_000;
const LONGEST_MS = 10 * QUIET_MS;
/** News of the day before are none. */
const FORGOTTEN_MS = 24 * 3600_000;
const MOST_AT_ONCE = 50;

/** Pull requests of which people are to be told something now; none while too many messages wait, which others of more weight are among. */
export async function pullRequestsToTell(
  { database, clock }: Services,
  _grant: Grant<'mail.send'>,
): Promise<PullRequestPlace[]> {
  const now = clock();
  await forgetNotices(database, { before: now - FORGOTTEN_MS });
  if (!(await hasRoomInOutbox(database))) return [];
  return placesToTell(database, {
    quietSince: now - QUIET_MS,
    beginning: now - LONGEST_MS,
    limit: MOST_AT_ONCE,
  });
}

/** Forgets what people were to be told of the pull requests of a repository that is not there any more. */
export const forgetPullRequests = (
  { database }: Services,
  _grant: Grant<'mail.send'>,
  repositoryId: string,
): Promise<void> => forgetNotices(database, { repositoryId });

/** Whom an event concerns, besides reviewers who are asked. */
type Concerned = (
  notice: Notice,
  pullRequest: ViewedPullRequest,
) => readonly { readonly whom: PullRequestActor; readonly what: PullRequestNews }[];

const author =
  (what: PullRequestNews): Concerned =>
  (_notice, { author: whom }) => [{ whom, what }];

/** What was taken back meanwhile is not told. */
const reviewed =
  (what: 'approved' | 'changes_requested'): Concerned =>
  ({ actor }, { author: whom, participants }) =>
    participants.some((each) => actor !== null && isSameActor(each.actor, actor) && each.state === what)
      ? [{ whom, what }]
      : [];

/** Whoever is answered, and the author and reviewers who took part; not those who were asked and said nothing yet. */
const commented: Concerned = ({ comment }, { author: whom, participants }) => {
  if (comment === null) return [];
  const { answers } = comment;
  const others = [
    whom,
    ...participants
      .filter(({ role, participatedAt }) => role === 'reviewer' && participatedAt !== null)
      .map(({ actor }) => actor),
  ].filter((each) => answers === null || !isSameActor(each, answers));
  return [
    ...(answers === null ? [] : [{ whom: answers, what: 'answered' } as const]),
    ...others.map((each) => ({ whom: each, what: 'commented' }) as const),
  ];
};

const CONCERNED: { readonly [Event in NoticedEvent]: Concerned } = {
  'pullrequest:created': () => [],
  'pullrequest:updated': () => [],
  'pullrequest:approved': reviewed('approved'),
  'pullrequest:changes_request_created': reviewed('changes_requested'),
  'pullrequest:comment_created': commented,
  'pullrequest:rejected': author('declined'),
  'pullrequest:fulfilled': author('merged'),
};

interface News {
  readonly what: PullRequestNews;
  readonly actor: PullRequestActor | null;
  times: number;
}

/**
 * Writes to the people whom it concerns what happened to a pull request of the grant's repository since they were told last:
 * one message each. Nobody is told what they did themselves, nor who cannot read it now or does not want to be told.
 */
export async function notifyOfPullRequest(
  services: Services,
  grant: Grant<'pull_request.notify'>,
  number: number,
): Promise<void> {
  const [{ id: repositoryId }] = grant.targets;
  const { database } = services;
  const place = { repositoryId, number };
  const notices = await noticesOf(database, place);
  if (notices.length === 0) return;
  const present = await pullRequestOf(services, grant, number);
  const { pullRequests, people } = await withPeople(
    services,
    grant,
    [present],
    notices.map(({ actor }) => actor),
  );
  const [pullRequest] = pullRequests;
  if (pullRequest === undefined) return;
  const asked = isToBeReviewed(pullRequest) ? await untoldReviewers(database, place) : [];
  const news = newsOf(notices, pullRequest, asked);
  const told = await mayBeTold(services, [...news.keys()], repositoryId);
  const { slug, workspace } = await viewRepository(services, grant);
  await change(
    services,
    grant,
    async (trx, now) => {
      if (!(await takeNotices(trx, notices))) return;
      await noteTold(trx, place, asked);
      for (const [id, address] of told) {
        if (!(await mayBeMailed(trx, id, now))) continue;
        const facts = {
          repository: `${workspace.slug}/${slug}`,
          number,
          title: pullRequest.title,
          path: `/${workspace.slug}/${slug}/pull-requests/${number}`,
          news: (news.get(id) ?? []).map(({ what, actor, times }) => ({
            what,
            who: nameOf(people, actor),
            times,
          })),
        };
        await postMessage(trx, services, address, 'pull request', facts, now);
      }
    },
    () => null,
  );
}

/** Nobody is asked to read a draft, nor what is done with: who reviews those is told when they are ready. */
const isToBeReviewed = ({ state, isDraft }: ViewedPullRequest): boolean => state === 'open' && !isDraft;

/** What each person is to be told, by the ids of their accounts. */
function newsOf(
  notices: readonly Notice[],
  pullRequest: ViewedPullRequest,
  asked: readonly string[],
): ReadonlyMap<string, readonly News[]> {
  const each = new Map<string, News[]>();
  const tell = (whom: PullRequestActor, what: PullRequestNews, actor: PullRequestActor | null): void => {
    if (whom.actor_type !== 'account' || (actor !== null && isSameActor(whom, actor))) return;
    const own = each.get(whom.actor_id) ?? [];
    each.set(whom.actor_id, own);
    const same = own.find((one) => one.what === what && isSame(one.actor, actor));
    if (same === undefined) own.push({ what, actor, times: 1 });
    else same.times += 1;
  };
  const asking = notices.find(
    ({ event }) => event === 'pullrequest:created' || event === 'pullrequest:updated',
  );
  for (const actor_id of asked)
    tell({ actor_type: 'account', actor_id }, 'asked', asking === undefined ? null : asking.actor);
  for (const notice of notices)
    for (const { whom, what } of CONCERNED[notice.event](notice, pullRequest)) tell(whom, what, notice.actor);
  return each;
}

const isSame = (one: PullRequestActor | null, other: PullRequestActor | null): boolean =>
  one === null || other === null ? one === other : isSameActor(one, other);

/** The addresses of those among these people who want to be told and may be. */
async function mayBeTold(
  services: Services,
  ids: readonly string[],
  repositoryId: string,
): Promise<ReadonlyMap<string, string>> {
  const wanting = await whoWantsMail(services.database, ids, 'pull_requests');
  const readers = await readersAmong(services, [...wanting], repositoryId);
  const accounts = await accountsOfEach(services.database, [...readers]);
  return new Map([...accounts.values()].map(({ id, email }) => [id, email]));
}

function nameOf(people: People, actor: PullRequestActor | null): string | null {
  const known: Actor | null = people(actor);
  if (known === null) return null;
  return known.type === 'account' ? known.account.displayName : known.appUser.displayName;
}
