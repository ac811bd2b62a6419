import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../../../services.ts';
import { contentSecurityPolicy } from '../headers.ts';
import { html, type Html } from '../html.ts';
import { leadsTo } from '../oauth/leads-to.ts';
import { facts, hiddenFields, pageHead, part } from '../pieces/index.ts';
import { places } from '../places.ts';
import { sendPage, type PageContent } from '../respond.ts';
import { visibleText } from '../visible.ts';
import type { Carried } from './carried.ts';

/** Answers a confirmation with the form that was kept: it is sent by its person alone, who has pressed the button before. */
export const sendGoOn = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  carried: Carried,
): Promise<FastifyReply> =>
  sendKept(services, request, reply, carried, {
    title: 'Go on',
    width: 'narrow',
    body: html`${pageHead({ title: 'Thank you', lead: 'Go on to send what you had filled in.' })}${again(carried, html`<button type="submit" class="button button-primary" autofocus>Go on</button>`)}`,
  });

/**
 * Answers a sign-in with the form that was kept. Whoever signs in need not be who filled it in: on a machine that several
 * people use, one could have left it for the next. So it is shown, and no key that was pressed too often sends it.
 */
export function sendGoOnAs(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  carried: Carried,
  username: string,
): Promise<FastifyReply> {
  const typed = valuesOf(carried).filter(([name, value]) => name !== 'form_token' && value !== '');
  return sendKept(services, request, reply, carried, {
    title: 'Send what was filled in?',
    body: html`${pageHead({
      title: 'Send what was filled in?',
      lead: html`You are signed in as <code>${username}</code>. Before that, a form was sent from this browser to <code>${carried.action}</code>. It is kept as it was, save for passwords. Send it only if it is yours.`,
    })}${part({
      title: 'What is sent',
      open: true,
      summary: typed.length === 1 ? 'one field' : `${typed.length} fields`,
      body: facts(typed.map(([name, value]) => ({ name, value: visibleText(value) }))),
    })}${again(carried, html`<button type="submit" class="button button-primary">Send it as ${username}</button>`)}`,
  });
}

/** The form may end where another site is. */
const sendKept = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { action }: Carried,
  page: PageContent,
): Promise<FastifyReply> =>
  sendPage(
    services,
    request,
    reply.header('content-security-policy', contentSecurityPolicy(leadsTo(action))),
    page,
  );

const valuesOf = ({ fields }: Carried): [name: string, value: string][] => [...new URLSearchParams(fields)];

const again = (carried: Carried, button: Html): Html =>
  html`<form action="${carried.action}" method="post">${valuesOf(carried).map(([name, value]) => hiddenFields({ [name]: value }))}<div class="submit-row">${button}<a class="button button-quiet" href="${places.home}">Cancel</a></div></form>`;
