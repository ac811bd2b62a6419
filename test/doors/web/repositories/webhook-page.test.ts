import { expect, it } from 'vitest';
import { render } from '../../../../src/doors/web/html.ts';
import { linksOf } from '../../../../src/doors/web/repositories/links.ts';
import { webhookBody } from '../../../../src/doors/web/repositories/settings/webhooks-view.ts';

const NOW = Date.UTC(2026, 10, 1, 12);
const page = (change: object = {}): string =>
  render(
    webhookBody({
      links: linksOf({ slug: 'app', workspace: { slug: 'acme' } }),
      webhook: {
        id: '00000000-0000-4000-8000-000000000000',
        repositoryId: 'r',
        url: 'https://ci.example.org/hook',
        description: 'CI',
        events: ['repo:push'],
        isActive: true,
        skipsCertVerification: false,
        hasSecret: false,
        maker: { accountId: 'a', credentialId: null },
        createdAt: NOW - 86_400_000,
        isFailing: false,
        notKept: null,
        ...change,
      },
      deliveries: [],
      maker: 'Ada',
      silence: null,
      now: new Date(NOW),
    }),
  );

it('the page of a webhook says how many events were not kept and since when, and that it fails', () => {
  expect(page()).not.toMatch(/not kept|tried once/);
  const since = NOW - 2 * 3600_000;
  expect(page({ notKept: { count: 1, since } })).toMatch(/One event was not kept, .*10:00.*too many waited/);
  expect(page({ notKept: { count: 4711, since } })).toContain('4711 events were not kept');
  expect(page({ isFailing: true })).toContain('each is tried once until one arrives');
  expect(page({ isFailing: true, isActive: false })).not.toContain('tried once');
});
