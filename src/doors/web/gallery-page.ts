import type { FastifyInstance } from 'fastify';
import { toHost } from '../shared/policy.ts';
import { themeOf } from './cookies.ts';
import { render } from './html.ts';
import { piecesGallery } from './pieces/gallery.ts';
import { pageRoute, type PagesOptions } from './route.ts';

/** Every piece in all its states, for whoever works on them: there only where `LATCHKEY_DEVELOPMENT` is 1. */
export async function galleryPage(app: FastifyInstance, _options: PagesOptions): Promise<void> {
  if (process.env['LATCHKEY_DEVELOPMENT'] !== '1') return;
  app.get('/-/pieces', pageRoute('site.view', toHost), async (request, reply) =>
    reply.type('text/html; charset=utf-8').send(render(await piecesGallery(themeOf(request)))),
  );
}
