import type { FastifyInstance } from 'fastify';
import { browserName } from '../../../acts/accounts/browser-name.ts';
import { signOut, viewSessions } from '../../../acts/accounts/sessions.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { clearSessionCookie } from '../cookies.ts';
import { html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import { emptyState, pageHead, table, time } from '../pieces/index.ts';
import { places } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, queryPage, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

/** Where one is signed in, and ending that. */
export async function sessionPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.sessions, pageRoute('session.list', toSelf), async (request, reply) => {
    const page = queryPage(request);
    const { sessions, size } = await viewSessions(services, grantOf(request, 'session.list'), rowsOf(page));
    const pageHref = (number: number) => `${places.sessions}?page=${number}`;
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: 'Sessions',
      width: 'full',
      rail: accountRail('sessions'),
      body: html`${pageHead({
        title: 'Sessions',
        lead: 'The browsers in which you are signed in. A session ends after 7 days without use, and after 30 days in any case.',
        actions:
          size > 1 &&
          html`<form action="${places.sessions}/end-others" method="post"><button type="submit" class="button button-danger-quiet">End all other sessions</button></form>`,
      })}${table({
        caption: 'Sessions',
        quietCaption: true,
        empty:
          noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
          emptyState({ title: 'No sessions', body: 'You are not signed in anywhere.' }),
        rows: sessions,
        pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
        columns: [
          {
            label: 'Browser',
            cell: (session) =>
              html`${browserName(session.userAgent)}${session.current && html` <span class="badge">This one</span>`}`,
          },
          { label: 'Address', cell: (session) => html`<code>${session.address}</code>` },
          { label: 'Signed in', cell: (session) => time({ at: new Date(session.createdAt), now }) },
          { label: 'Last used', cell: (session) => time({ at: new Date(session.lastUsedAt), now }) },
          {
            label: 'End the session',
            quietLabel: true,
            align: 'end',
            cell: (session) =>
              html`<form action="${places.sessions}/${session.id}/end" method="post"><button type="submit" class="button button-small button-danger-quiet" aria-label="End the session of ${browserName(session.userAgent)}">End</button></form>`,
          },
        ],
      })}`,
    });
  });

  app.post(`${places.sessions}/end-others`, pageRoute('session.revoke', toSelf), async (request, reply) => {
    await signOut(services, grantOf(request, 'session.revoke'), 'others');
    return redirectTo(services, request, reply, places.sessions, 'sessions-ended');
  });

  app.post(`${places.sessions}/:session/end`, pageRoute('session.revoke', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'session.revoke');
    const id = parameter(request, 'session');
    await signOut(services, grant, { id });
    if (grant.principal.type === 'session' && grant.principal.sessionId === id) {
      clearSessionCookie(services, request, reply);
      return redirectTo(services, request, reply, places.signIn, 'signed-out');
    }
    return redirectTo(services, request, reply, places.sessions, 'session-ended');
  });
}
