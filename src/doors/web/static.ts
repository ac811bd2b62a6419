import type { FastifyInstance } from 'fastify';
import { toHost } from '../shared/policy.ts';
import { assets, type Asset } from './assets.ts';
import { sendMissing } from './errors.ts';
import { bytesRoute, pageRoute, type PagesOptions } from './route.ts';

const FOR_GOOD = 'public, max-age=31536000, immutable';
const FOR_A_DAY = 'public, max-age=86400';
const byUrl: ReadonlyMap<string, Asset> = new Map(Object.values(assets).map((asset) => [asset.url, asset]));

/** Nothing here is worth a crawler's time, and private names must not end up in an index by a link. */
const ROBOTS = 'User-agent: *\nDisallow: /\n';

/** RFC 9110 §12.5.3, as far as browsers make use of it: named, and not refused by a weight of nothing. */
const takesGzip = (accepted = ''): boolean => /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))/i.test(accepted);

/** Files that are the same for everybody, and the sign of life. */
export async function staticFiles(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const forEverybody = bytesRoute('site.view', toHost);

  app.get('/-/assets/:digest/:name', forEverybody, async (request, reply) => {
    const asset = byUrl.get(request.url.split('?', 1)[0] ?? '');
    if (asset === undefined) return sendMissing(services, request, reply);
    void reply.headers({ 'cache-control': FOR_GOOD, vary: 'accept-encoding' }).type(asset.contentType);
    return takesGzip(request.headers['accept-encoding'])
      ? reply.header('content-encoding', 'gzip').send(asset.gzipped)
      : reply.send(asset.bytes);
  });
  // Browsers ask for it without having been told to; they take the drawing by its content type.
  app.get('/favicon.ico', forEverybody, async (_request, reply) =>
    reply.header('cache-control', FOR_A_DAY).type(assets.mark.contentType).send(assets.mark.bytes),
  );
  app.get('/robots.txt', forEverybody, async (_request, reply) =>
    reply.header('cache-control', FOR_A_DAY).type('text/plain; charset=utf-8').send(ROBOTS),
  );
  app.get('/-/health', pageRoute('site.view', toHost), async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('ok\n'),
  );
}
