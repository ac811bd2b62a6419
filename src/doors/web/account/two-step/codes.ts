import type { FastifyInstance } from 'fastify';
import { renewRecoveryCodes } from '../../../../acts/accounts/two-step.ts';
import { accountOf } from '../../../../gate/index.ts';
import { grantOf, toSelf } from '../../../shared/policy.ts';
import { formOf } from '../../form-input.ts';
import { html } from '../../html.ts';
import { confirmBody, hiddenFields, pageHead, type ConfirmProps } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { sendPage, type PageContent } from '../../respond.ts';
import { bytesRoute, pageRoute, type PagesOptions } from '../../route.ts';
import { accountRail } from '../rail.ts';

const CODES = `${places.twoStep}/recovery-codes`;
const DOWNLOAD = `${CODES}/download`;
const CODE = /^[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}$/;
const MOST = 10;

export const renewQuestion: ConfirmProps = {
  title: 'Make new recovery codes?',
  consequences: ['The codes that you have now stop working at once, used or not.'],
  action: CODES,
  pageHref: CODES,
  cancelHref: places.twoStep,
  submitLabel: 'Make new codes',
};

/** New recovery codes, and the file of those that are on the page. */
export async function recoveryCodePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const changing = pageRoute('two_step.change', toSelf);

  app.get(CODES, changing, async (request, reply) =>
    sendPage(services, request, reply, {
      title: 'New recovery codes',
      rail: accountRail('two-step'),
      body: confirmBody(renewQuestion),
    }),
  );

  app.post(CODES, changing, async (request, reply) => {
    const codes = await renewRecoveryCodes(services, grantOf(request, 'two_step.change'));
    return sendPage(services, request, reply, codesPage(codes, 'New recovery codes'));
  });

  // The page that shows the codes sends them back to have them as a file: nothing keeps them in between. What is not a code
  // does not come back, so that nobody makes this host serve a text of theirs.
  app.post(DOWNLOAD, bytesRoute('two_step.change', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'two_step.change');
    const codes = formOf(request)
      .text('codes')
      .split(' ')
      .filter((each) => CODE.test(each))
      .slice(0, MOST);
    const head = `Recovery codes of ${accountOf(grant.principal)?.username ?? ''} at ${services.publicUrl}\nEach works once, in the place of a code of the app.\n\n`;
    return reply
      .type('text/plain; charset=utf-8')
      .header('content-disposition', 'attachment; filename="latchkey-recovery-codes.txt"')
      .send(`${head}${codes.join('\n')}\n`);
  });
}

/** The one moment the codes are seen. */
export function codesPage(codes: readonly { reveal(): string }[], title: string): PageContent {
  const shown = codes.map((code) => code.reveal());
  return {
    title,
    rail: accountRail('two-step'),
    body: html`${pageHead({
      title,
      lead: 'Your recovery codes let you in when the phone or the key is gone. Each works once. Keep them where a thief of your phone does not find them: printed, or in a password manager.',
    })}<section class="secret" aria-labelledby="codes-title"><h2 id="codes-title">Your recovery codes</h2><p>They are shown this once and cannot be shown again.</p><ul class="recovery-codes">${shown.map((code) => html`<li><code>${code}</code></li>`)}</ul><form action="${DOWNLOAD}" method="post">${hiddenFields({ codes: shown.join(' ') })}<button type="submit" class="button">Download as a file</button></form><div class="submit-row"><a class="button button-primary" href="${places.twoStep}">I have stored them</a></div></section>`,
  };
}
