import { beforeAll, expect, it } from 'vitest';
import { openOauthServer, type OauthServer } from './oauth-server.ts';

let host: OauthServer;

beforeAll(async () => {
  host = await openOauthServer();
  await host.world.workspace('other', 'ada');
});

const ownToken = async (...scopes: string[]): Promise<string> => {
  const shop = await host.consumer(`Shop ${scopes.join()}`, scopes);
  const { body } = await host.post('access_token', shop, { grant_type: 'client_credentials' });
  return String(body['access_token']);
};

it('the app user of a consumer sees the one workspace of the consumer, as no owner of it', async () => {
  const token = await ownToken('account', 'repository');
  const slugs = async (path: string) => {
    const { status, body } = await host.rest(path, token);
    expect(status, path).toBe(200);
    const values = body['values'] as { slug?: string; workspace?: { slug: string } }[];
    return values.map(({ slug, workspace }) => slug ?? workspace?.slug);
  };
  expect(await slugs('/user/workspaces')).toEqual(['acme']);
  expect((await host.rest('/user/workspaces', token)).body).toMatchObject({
    size: 1,
    values: [{ type: 'workspace_access', administrator: false, workspace: { slug: 'acme' } }],
  });
  expect(await slugs('/user/workspaces?administrator=true')).toEqual([]);
  expect(await slugs('/workspaces')).toEqual(['acme']);
  expect(await slugs('/workspaces?role=collaborator')).toEqual(['acme']);
  expect(await slugs('/workspaces?role=owner')).toEqual([]);
});

it('it needs the scope for that, and still has no e-mail address', async () => {
  expect((await host.rest('/user/workspaces', await ownToken('repository'))).status).toBe(403);
  expect((await host.rest('/user/emails', await ownToken('account', 'email'))).status).toBe(403);
});
