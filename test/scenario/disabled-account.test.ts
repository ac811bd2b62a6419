import { beforeAll, describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

describe('T45: disabled is a state that only an administrator ends', () => {
  let server: TestServer;
  let make: World;
  let root: Person;
  let ada: Person;
  let secret: string;
  let token: string;

  beforeAll(async () => {
    server = await startServer();
    make = world(server);
    root = await make.account('root', { admin: true });
    ({ ada, secret } = await make.usual());
    token = await make.accessToken('acme/app', ['repository']);
  });

  const rest = (authorization: string) =>
    fetch(`${server.url}/2.0/repositories/acme/app`, { headers: { authorization } });

  it('refuses everything of theirs at the next request, and lets go on what is the repository’s own', async () => {
    const [admin, web] = [new WebClient(server.url), new WebClient(server.url)];
    expect((await admin.signIn(root)).status).toBe(303);
    expect((await web.signIn(ada)).status).toBe(303);
    expect((await web.get('/account/settings')).status).toBe(200);
    expect((await rest(basic('ada', secret))).status).toBe(200);

    expect((await web.get('/-/admin/users/root/disable')).status).toBe(403);
    expect((await web.post('/-/admin/users/root/disable')).status).toBe(403);
    const asked = await admin.get('/-/admin/users/ada/disable');
    expect(asked.text).toContain('Disable the account ada?');
    expect((await rest(basic('ada', secret))).status).toBe(200);
    expect((await admin.post('/-/admin/users/ada/disable')).status).toBe(303);

    const refused = await rest(basic('ada', secret));
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('disabled');
    expect((await git(['ls-remote', make.cloneUrl('acme/app', 'ada', secret)])).stderr).toContain(
      'This account is disabled.',
    );
    expect((await web.get('/account/settings')).status).not.toBe(200);
    expect((await rest(`Bearer ${token}`)).status).toBe(200);

    // Neither the right password nor a new one from the operator signs in.
    expect((await new WebClient(server.url).signIn(ada)).status).not.toBe(303);
    await make.do(['user', 'password', 'ada', '--password-stdin'], 'another long password\n');
    const again = await new WebClient(server.url).signIn({ ...ada, password: 'another long password' });
    expect(again.status).not.toBe(303);
    expect((await rest(basic('ada', secret))).status).toBe(403);

    expect((await admin.get('/-/admin/users')).text).toContain('Disabled');
    expect((await admin.post('/-/admin/users/ada/enable')).status).toBe(303);
    expect((await rest(basic('ada', secret))).status).toBe(200);
    expect((await web.get('/account/settings')).status).not.toBe(200);
  });

  it('leaves an administrator who can sign in', async () => {
    const admin = new WebClient(server.url);
    await admin.signIn(root);
    // The first start made one, too.
    await make.do(['user', 'disable', 'admin']);
    expect((await admin.post('/-/admin/users/root/disable')).status).toBe(409);
    const refused = await server.cli(['user', 'disable', 'root']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/last administrator/);
    expect((await admin.get('/-/admin/users')).status).toBe(200);
    await make.do(['user', 'enable', 'admin']);
    const repeated = await server.cli(['user', 'enable', 'admin']);
    expect(repeated.stderr).toMatch(/is not disabled/);
    expect((await server.cli(['user', 'disable', 'nobody'])).code).toBe(1);
  });
});
