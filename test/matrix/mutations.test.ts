import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config.ts';
import { OPERATIONS } from '../../src/gate/index.ts';
import { composeServer } from '../../src/server.ts';
import { openHost } from '../acts/host.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { projectRoot, run } from '../support/run.ts';
import { sharedTemplate, sharedTemplateFolder } from './shared-template.ts';

/** That the matrix finds what it is there to find: a check is broken on purpose, in a copy of the sources. */

describe('a declaration that is missing', () => {
  it('keeps the host from starting, whichever it is', async () => {
    const host = await openHost('sqlite');
    const settings = readSettings({ data: host.data }, {});
    const whole = await composeServer(settings, host.services);
    const used = new Set(whole.routes.map(({ operation }) => operation));
    await whole.app.close();
    expect(used.size).toBeGreaterThan(30);
    const table: Record<string, unknown> = OPERATIONS;
    for (const operation of used) {
      const declaration = table[operation];
      delete table[operation];
      try {
        await expect(composeServer(settings, host.services), operation).rejects.toThrow(
          /declares no operation of the gate: a route that is not declared does not start\.$/,
        );
      } finally {
        table[operation] = declaration;
      }
    }
  }, 120_000);
});

interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Routes and askers to look at. */
  readonly only: string;
  readonly by: string;
  /** Cells that must be named, among others, and what every one that is named must be like. */
  readonly finds: readonly string[];
  readonly alone: RegExp;
}

const R = '/2.0/repositories/:workspace/:repository';
const TRANSFER = '/:workspace/:repository/settings/transfer/:destination';

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'one operation for which scopes are not looked at',
    file: 'src/gate/evaluate.ts',
    from: "if (wanted !== 'any') {",
    to: "if (wanted !== 'any' && operation !== 'repository.delete') {",
    only: `DELETE ${R}`,
    by: 'ada, basic, own name, repository',
    finds: [
      `DELETE ${R} · app password of ada, basic, own name, repository · acme/app: must be 403, was allowed (204)`,
      `DELETE ${R} · app password of ada, basic, own name, repository:admin · acme/open: must be 403, was allowed (204)`,
      `DELETE ${R} · app password of ada, basic, own name, repository:write · acme/never: must be 403, was 404 (404)`,
    ],
    alone: /^DELETE \S+:repository · app password of ada, basic, own name, repository(:admin|:write)? · /,
  },
  {
    name: 'a route that names a weaker operation',
    file: 'src/doors/rest/routes/branch-restrictions.ts',
    from: "policy('restriction.change'",
    to: "policy('source.read'",
    only: `POST ${R}/branch-restrictions`,
    by: 'ada, basic, own name, repository',
    // The act wants the grant of its own operation, so nothing is done all the same.
    finds: [
      `POST ${R}/branch-restrictions · app password of ada, basic, own name, repository · acme/app: must be 403, was 500 (500)`,
      `POST ${R}/branch-restrictions · app password of ada, basic, own name, repository:admin · acme/app: must be allowed, was 403 (403)`,
    ],
    alone: /^POST \S+branch-restrictions · /,
  },
  {
    name: 'a second target that nobody looks at',
    file: 'src/gate/evaluate.ts',
    from: 'for (const [position, need] of declaration.targets.entries()) {',
    to: `for (const [position, need] of declaration.targets.entries()) {
      if (position > 0) { const one = question.targets[position]; if (one !== undefined && one.type !== 'missing') { present.push(one); continue; } }`,
    only: `POST ${TRANSFER}`,
    by: 'session of ada',
    finds: [
      `POST ${TRANSFER} · session of ada · acme/app to elsewhere: must be 404, was allowed (303)`,
      `POST ${TRANSFER} · session of ada · acme/open to guild: must be 403, was allowed (303)`,
    ],
    alone: / to (elsewhere|guild): must be 40[34], was allowed/,
  },
  {
    name: 'a user name that may be anything',
    file: 'src/entry/identify.ts',
    from: 'if (right.some((name) => userNameOf(name, principal)?.toLowerCase() === given)) return;',
    to: "if (right.length >= 0 && given !== '') return;",
    only: 'POST /:workspace/:repository/git-upload-pack',
    by: 'basic, ',
    finds: [
      'POST /:workspace/:repository/git-upload-pack · app password of ada, basic, other name, every scope · acme/app: must be 401, was allowed (200)',
      'POST /:workspace/:repository/git-upload-pack · token of acme/app, basic, other name, every scope · acme/app: must be 401, was allowed (200)',
    ],
    alone:
      /, basic, (other name|own name|client id|x-token-auth|x-bitbucket-api-token-auth|e-mail|other e-mail), every scope · /,
  },
  {
    name: 'a bound that is not looked at',
    file: 'src/gate/bounds/judge.ts',
    from: "if (bound.kind === 'networks' && !bound.observe &&",
    to: "if (bound.kind === 'networks' && bound.observe &&",
    only: 'GET /2.0/user/emails',
    by: ', from ',
    finds: [
      'GET /2.0/user/emails · app password of ada, basic, own name, every scope, from elsewhere · the host: must be 403, was allowed (200)',
      'GET /2.0/user/emails · app password of ada, basic, own name, every scope, from elsewhere, observed · the host: must be allowed, was 403 (403)',
    ],
    alone: /from elsewhere/,
  },
  {
    name: 'a repository’s token that is admin everywhere',
    file: 'src/gate/evaluate.ts',
    from: "return owner.repositoryId === target.id ? 'admin' : null;",
    to: "return 'admin';",
    only: `GET ${R}/refs/branches/*`,
    by: 'token of ',
    finds: [
      `GET ${R}/refs/branches/* · token of acme/app, bearer, every scope · elsewhere/hidden: must be 404, was allowed (200)`,
      `GET ${R}/refs/branches/* · token of acme/app, bearer, repository · acme/open: must be 403, was allowed (200)`,
    ],
    // A use that was admitted is counted.
    alone:
      / · (?:job )?token of .* must be 40[34], was allowed|branches\/\*: .* changed the state of the host$/,
  },
  {
    name: 'a refusal that writes',
    file: 'src/entry/enter.ts',
    from: 'const principal = await identify(gateway, presented, surface);',
    to: `await gateway.database.updateTable('workspace').set((where) => ({ updated_at: where('updated_at', '+', 1) })).execute();
  const principal = await identify(gateway, presented, surface);`,
    only: 'GET /2.0/user/emails',
    by: 'token of ',
    finds: ['GET /2.0/user/emails: a request that must be refused changed the state of the host'],
    alone: /changed the state of the host/,
  },
];

describe('the matrix finds', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-mutation-'));
    atEndOfFile(() => rm(folder, { recursive: true, force: true }));
    for (const part of ['src', 'test', 'scripts', 'package.json'])
      await cp(join(projectRoot, part), join(folder, part), { recursive: true });
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    await sharedTemplate();
  }, 150_000);

  it.each(MUTATIONS)('$name', { timeout: 120_000 }, async ({ file, from, to, only, by, finds, alone }) => {
    const before = await readFile(join(folder, file), 'utf8');
    expect(before).toContain(from);
    await writeFile(
      join(folder, file),
      before.replaceAll(from, () => to),
    );

    const world = ['--template', sharedTemplateFolder()];
    const words = ['scripts/run-matrix.ts', '--only', only, '--by', by, ...world];
    // All but the file that is changed stays compiled from one to the next.
    const env = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    const { stdout, stderr, code } = await run(process.execPath, words, { cwd: folder, env });
    await writeFile(join(folder, file), before);
    expect(stdout, stderr).toMatch(/^\d+ cells, /m);
    const faults = stdout.trimEnd().split('\n').slice(0, -1);
    expect(code).toBe(1);
    for (const wanted of finds) expect(faults).toContain(wanted);
    for (const fault of faults) expect(fault).toMatch(alone);
  });
});
