import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { git, gitEnvironment, gitOk, newRepository, workFolder } from '../support/git.ts';
import { run } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/**
 * The commands that scripts ran against Bitbucket Cloud, with only host and names changed: a script that was written for
 * app passwords or repository access tokens runs here as it is.
 */

let server: TestServer;
let host: string;
let appPassword: string;
let token: string;
const hasCurl = (await run('curl', ['--version'], {}).catch(() => ({ code: 1 }))).code === 0;

beforeAll(async () => {
  server = await startServer();
  host = new URL(server.url).host;
  const make = world(server);
  await make.account('jane');
  await make.workspace('team', 'jane');
  await make.repository('team/app');
  await make.do(['repository', 'create', 'team/docs', '--wiki']);
  appPassword = await make.appPassword('jane', ['repository', 'repository:write', 'wiki']);
  token = await make.accessToken('team/app', ['repository', 'repository:write']);
  const first = await newRepository('first', { 'readme.md': '# App\n' });
  await gitOk(['push', `http://jane:${appPassword}@${host}/team/app.git`, 'HEAD:refs/heads/main'], {
    cwd: first,
  });
});

const folderFor = (name: string): Promise<string> => mkdtemp(join(workFolder(), `${name}-`));

/** Runs a line of shell as a script would, with Git's answers to prompts coming from a helper program. */
async function shell(line: string, options: { readonly cwd?: string; readonly password?: string } = {}) {
  const folder = await folderFor('shell');
  return run('sh', ['-ec', line], {
    cwd: options.cwd ?? folder,
    env: {
      ...gitEnvironment(),
      PATH: process.env['PATH'] ?? '',
      ...(options.password !== undefined && { GIT_ASKPASS: await answering(options.password) }),
    },
  });
}

async function answering(password: string): Promise<string> {
  const folder = await folderFor('askpass');
  const program = join(folder, 'askpass');
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' '${password}'\n`);
  await chmod(program, 0o700);
  return program;
}

describe('app passwords', () => {
  test('git clone https://{user}@… with a prompt, then set-url, fetch and push', async () => {
    const folder = await folderFor('prompt');
    const cloned = await shell(`git clone http://jane@${host}/team/app.git`, {
      cwd: folder,
      password: appPassword,
    });
    expect(cloned).toMatchObject({ code: 0 });
    const clone = join(folder, 'app');
    const again = await shell(
      `git remote set-url origin http://jane@${host}/team/app.git && git pull && git push origin HEAD:refs/heads/prompted`,
      { cwd: clone, password: appPassword },
    );
    expect(again).toMatchObject({ code: 0 });
    const wrong = await shell('git pull', { cwd: clone, password: 'not the password' });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('Authentication failed');
  });

  test('git clone https://{user}:{app_password}@…', async () => {
    const folder = await folderFor('url');
    const cloned = await shell(`git clone http://jane:${appPassword}@${host}/team/app.git`, { cwd: folder });
    expect(cloned).toMatchObject({ code: 0 });
    const moved = await shell(
      `git remote set-url origin http://jane:${appPassword}@${host}/team/app.git && git fetch origin`,
      { cwd: join(folder, 'app') },
    );
    expect(moved).toMatchObject({ code: 0 });
  });

  test('git clone …/{repository}.git/wiki, with the scope wiki', async () => {
    const folder = await folderFor('wiki');
    const cloned = await shell(`git clone http://jane@${host}/team/docs.git/wiki`, {
      cwd: folder,
      password: appPassword,
    });
    expect(cloned).toMatchObject({ code: 0 });
    const page = join(folder, 'wiki');
    const pushed = await shell(
      `echo '# Home' > Home.md && git add Home.md && git -c user.name=J -c user.email=j@example.com commit -qm Home && git push http://jane:${appPassword}@${host}/team/docs.git/wiki HEAD:refs/heads/main`,
      { cwd: page },
    );
    expect(pushed).toMatchObject({ code: 0 });
  });

  test.skipIf(!hasCurl)(
    'curl --request POST …/commits --user, and with a base64 header of its own',
    async () => {
      const plain = await shell(
        `curl --silent --fail --request POST --url 'http://${host}/2.0/repositories/team/app/commits' --user 'jane:${appPassword}' --header 'Accept: application/json'`,
      );
      expect(plain).toMatchObject({ code: 0 });
      expect(JSON.parse(plain.stdout)).toMatchObject({ pagelen: 30, values: [{ type: 'commit' }] });
      const encoded = await shell(
        `my_credentials_after_base64_encoding=\`printf '%s' 'jane:${appPassword}' | base64 -w0\`\n` +
          `curl --silent --fail --request POST --url 'http://${host}/2.0/repositories/team/app/commits' --header "Authorization: Basic $my_credentials_after_base64_encoding" --header 'Accept: application/json'`,
      );
      expect(encoded).toMatchObject({ code: 0, stdout: plain.stdout });
    },
  );
});

describe('repository access tokens', () => {
  test.skipIf(!hasCurl)("curl --header 'Authorization: Bearer …'", async () => {
    const got = await shell(
      `curl --silent --fail --request GET --url 'http://${host}/2.0/repositories/team/app' --header 'Authorization: Bearer ${token}' --header 'Accept: application/json'`,
    );
    expect(got).toMatchObject({ code: 0 });
    expect(JSON.parse(got.stdout)).toMatchObject({ type: 'repository', full_name: 'team/app' });
    const other = await shell(
      `curl --silent --output /dev/null --write-out '%{http_code}' --url 'http://${host}/2.0/repositories/team/docs' --header 'Authorization: Bearer ${token}'`,
    );
    expect(other.stdout).toBe('404');
  });

  test('git clone https://x-token-auth@… with a prompt, and with the token in the URL; the bot commits and pushes', async () => {
    const folder = await folderFor('token');
    const prompted = await shell(`git clone http://x-token-auth@${host}/team/app.git prompted`, {
      cwd: folder,
      password: token,
    });
    expect(prompted).toMatchObject({ code: 0 });
    const cloned = await shell(`git clone http://x-token-auth:${token}@${host}/team/app.git`, {
      cwd: folder,
    });
    expect(cloned).toMatchObject({ code: 0 });
    const clone = join(folder, 'app');
    const listed = JSON.parse(
      (await server.cli(['credential', 'list', '--repository', 'team/app', '--json'])).stdout,
    ) as {
      app_user: { account_id: string };
    }[];
    await mkdir(join(clone, 'built'), { recursive: true });
    const pushed = await shell(
      `git remote set-url origin http://x-token-auth:${token}@${host}/team/app.git\n` +
        `git config user.email "${listed[0]?.app_user.account_id}@bots.localhost" && git config user.name ci\n` +
        `echo built > built/file && git add . && git commit -qm built && git push origin HEAD:refs/heads/built`,
      { cwd: clone },
    );
    expect(pushed).toMatchObject({ code: 0 });
    const refs = await git([
      'ls-remote',
      `http://x-token-auth:${token}@${host}/team/app.git`,
      'refs/heads/built',
    ]);
    expect(refs.stdout).toContain('refs/heads/built');
  });
});
