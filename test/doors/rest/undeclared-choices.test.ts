import { beforeAll, expect, it } from 'vitest';
import { openRest, type Answer, type RestHost } from './rest-host.ts';

const VALUES: Readonly<Record<string, string>> = {
  workspace: 'team',
  repository: 'app',
  project: 'MAIN',
  user: 'jane',
  revision: 'main',
  commit: 'main',
  spec: 'main',
  path: '',
  subject: 'repository',
};

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

let rest: RestHost;
let jane: string;
let lists: readonly (readonly [method: 'GET' | 'POST', path: string])[];

beforeAll(async () => {
  rest = await openRest();
  const scopes = [
    'account',
    'email',
    'project',
    'project:admin',
    'repository',
    'repository:admin',
    'webhook',
    'pullrequest',
  ];
  jane = await rest.basic('jane', ...scopes);
  const { json } = await rest.call('/2.0/openapi.json');
  const paths = json.paths as Readonly<Record<string, Readonly<Record<string, Described>>>>;
  lists = Object.entries(paths).flatMap(([path, methods]) =>
    (['get', 'post'] as const).flatMap((method) => {
      const isList = methods[method]?.parameters?.some((one) => one.in === 'query' && one.name === 'page');
      const asked = path.replace(/\{(\w+)\}/g, (all, name: string) => VALUES[name] ?? all);
      // It leads to the list of the main branch with all that was asked for.
      const leadsOn = path.endsWith('/src');
      return isList === true && !leadsOn ? [[method === 'get' ? 'GET' : 'POST', asked] as const] : [];
    }),
  );
});

const ask = (method: 'GET' | 'POST', path: string, query: string): Promise<Answer> =>
  rest.call(`${path}?${query}`, jane, { method });

it('every list refuses a filter that it does not have', async () => {
  expect(lists.length).toBeGreaterThan(15);
  for (const [method, path] of lists) {
    const { status, json } = await ask(method, path, 'q=nothing.such="x"');
    expect(status, `${method} ${path}`).toBe(400);
    expect(json.error.message).toBe('Field ".nothing.such" does not support filtering');
    // Clients that ask for pull requests send it empty when they have nothing to ask for.
    const isLet = path.endsWith('/pullrequests') && !path.includes('/commit/');
    expect((await ask(method, path, 'q=')).status, `${method} ${path}`).toBe(isLet ? 200 : 400);
  }
});

it('every list refuses an order that it does not have, and those of commits let it pass', async () => {
  for (const [method, path] of lists) {
    const { status, json } = await ask(method, path, 'sort=-nothing');
    if (path.includes('/app/commits')) expect(status, `${method} ${path}`).toBe(200);
    else {
      expect(status, `${method} ${path}`).toBe(400);
      expect(json.error.message).toBe('Field ".nothing" does not support sorting');
    }
  }
});

it('what is no list is not asked', async () => {
  const one = await rest.call('/2.0/repositories/team/app?q=nothing="x"&sort=nothing', jane);
  expect(one.status).toBe(200);
});

it('strangers hear nothing of it', async () => {
  const refused = await rest.call('/2.0/repositories/team/app/branch-restrictions?q=kind="push"');
  expect(refused.status).toBe((await rest.call('/2.0/repositories/team/none/branch-restrictions')).status);
  expect(refused.status).not.toBe(400);
});
