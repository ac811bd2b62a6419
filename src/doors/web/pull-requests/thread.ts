import type { FastifyInstance } from 'fastify';
import { viewThread } from '../../../acts/pull-requests/threads.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import { pageHead, pagination } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, type PagesOptions } from '../route.ts';
import { placeWords, threadView } from './comments-view.ts';
import { pageBelow } from './frame.ts';
import { LaidOut } from './lay-out.ts';
import { offersOf } from './offers.ts';
import { numberIn, PULL_REQUEST, wholeNumber } from './place.ts';
import { shownThreads } from './shown-threads.ts';

/** One thread of comments with all its answers: where a link to one of them leads. */
export function threadPage(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.read', toRepository);
  app.get(`${PULL_REQUEST}/comments/:comment`, route, (request, reply) => {
    const grant = grantOf(request, 'pull_request.read');
    const [facts] = grant.targets;
    return orMissing(services, request, reply, { facts, section: 'pull-requests' }, async () => {
      const number = numberIn(request);
      const comment = wholeNumber(request, 'comment', 'There is no comment of this number.');
      const pullRequest = await pullRequestOf(services, grant, number);
      const page = queryPage(request);
      const { thread, size, people } = await viewThread(services, grant, number, comment, rowsOf(page));
      const mayComment = (await offersOf(services, grant)).has('pull_request.comment');
      const links = linksOf(facts);
      const now = new Date(services.clock());
      const shown = await shownThreads([thread], people, grant, mayComment, new LaidOut());
      const context = { links, number, back: request.url, mayComment, now, showsPlace: false };
      const href = (to: number) =>
        links.pullRequest(number, `/comments/${comment}${to > 1 ? `?page=${to}` : ''}`);
      const place = shown[0]?.root.place ?? null;
      const body = html`${pageHead({
        title: 'Comment',
        lead:
          place !== null &&
          html`On <a href="${links.pullRequest(number, '/files')}">${placeWords(place)}</a>`,
      })}${shown.map((each) => threadView(each, context, true))}${
        noSuchPage(page, PAGE_LENGTH, size, href) ?? pagination(pagesOf(page, PAGE_LENGTH, size, href))
      }`;
      return sendPage(services, request, reply, pageBelow(facts, pullRequest, { title: 'Comment', body }));
    });
  });
}
