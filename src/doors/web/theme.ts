import type { FastifyInstance } from 'fastify';
import { invalid } from '../../problem.ts';
import { toHost } from '../shared/policy.ts';
import { isTheme, setTheme } from './cookies.ts';
import { formOf } from './form-input.ts';
import { localPath } from './local-path.ts';
import { places } from './places.ts';
import { redirectTo } from './respond.ts';
import { pageRoute, type PagesOptions } from './route.ts';

/** The switch in the footer; kept in a cookie, so that the first paint of the next page is right. */
export async function themeSwitch(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.post(places.theme, pageRoute('site.view', toHost), async (request, reply) => {
    const form = formOf(request);
    const theme = form.text('theme');
    if (!isTheme(theme)) throw invalid('theme', 'The colours are "system", "light" or "dark".');
    setTheme(services, request, reply, theme);
    return redirectTo(services, request, reply, localPath(form.text('return_to')) ?? places.home);
  });
}
