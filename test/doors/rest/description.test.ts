import { beforeAll, expect, test } from 'vitest';
import { isGranularScope, isScope, OPERATIONS, type OperationDeclaration } from '../../../src/gate/index.ts';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;

interface Described {
  summary?: string;
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, unknown>;
  'x-operation': keyof typeof OPERATIONS;
}

beforeAll(async () => {
  rest = await openRest();
});

const document = async () => (await rest.call('/2.0/openapi.json')).json;

test('the description is OpenAPI 3.1 of every route that is served, and of no other', async () => {
  const { openapi, paths, servers } = await document();
  expect(openapi).toBe('3.1.0');
  expect(servers).toEqual([{ url: 'http://localhost:7990' }]);
  const described = Object.entries(paths as Record<string, Record<string, Described>>).flatMap(
    ([path, methods]) =>
      Object.keys(methods).map(
        (method) =>
          `${method.toUpperCase()} ${path.replace(/\{commit\}\/\{path\}|\{(?:name|revision|commit|spec|revspec)\}$|(?<=build\/)\{key\}$/, '*')}`,
      ),
  );
  const served = rest.routes
    .filter(
      ({ url, method, answers, operation }) =>
        url.startsWith('/2.0/') &&
        method !== 'HEAD' &&
        (answers === 'json' || OPERATIONS[operation].scopes !== 'any'),
    )
    .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  const removed = described.filter((one) => !served.includes(one));
  expect(served.filter((one) => !described.includes(one))).toEqual([]);
  expect(removed.toSorted()).toEqual([
    'GET /2.0/repositories',
    'GET /2.0/user/permissions/repositories',
    'GET /2.0/user/permissions/workspaces',
  ]);
});

test('its security section says what the table of operations says', async () => {
  const { paths, components } = await document();
  for (const methods of Object.values(paths as Record<string, Record<string, Described>>)) {
    for (const described of Object.values(methods)) {
      const operation = described['x-operation'];
      const { kinds, askers } = OPERATIONS[operation];
      for (const requirement of described.security) {
        for (const [kind, wanted] of Object.entries(requirement)) {
          expect(kinds).toContain(kind);
          expect(components.securitySchemes).toHaveProperty(kind);
          const declared: OperationDeclaration = OPERATIONS[operation];
          const { scopes, granular } = declared;
          const needed = kind === 'api_token' ? granular : scopes === 'any' ? [] : scopes;
          expect([operation, kind, wanted]).toEqual([operation, kind, needed]);
          expect(wanted.every(kind === 'api_token' ? isGranularScope : isScope)).toBe(true);
        }
      }
      const open = described.security.some((requirement) => Object.keys(requirement).length === 0);
      expect(open).toBe((askers as readonly string[]).includes('anonymous'));
    }
  }
});

test('every path parameter and every reference in it leads somewhere', async () => {
  const whole = await document();
  for (const [path, methods] of Object.entries(whole.paths as Record<string, Record<string, Described>>)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
    for (const { parameters = [], summary, responses } of Object.values(methods)) {
      expect(
        parameters
          .filter((one) => one.in === 'path')
          .map(({ name }) => name)
          .toSorted(),
        path,
      ).toEqual(inPath);
      expect(summary?.length, path).toBeGreaterThan(3);
      expect(Object.keys(responses).length).toBeGreaterThan(0);
    }
  }
  const names = [...JSON.stringify(whole).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name = '']) => name,
  );
  expect(names.length).toBeGreaterThan(20);
  for (const name of new Set(names)) expect(whole.components.schemas).toHaveProperty(name);
  expect(Object.keys(whole.components.schemas).filter((name) => !names.includes(name))).toEqual([]);
});

test('the page shows it all, fetches nothing and runs nothing', async () => {
  const { status, headers, body } = await rest.call('/2.0/');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+';/,
  );
  expect(body).toContain('/2.0/repositories/{workspace}/{repository}/src/{commit}/{path}');
  expect(body).toContain('repository:delete');
  expect(body).not.toMatch(/<script|<img|<link|https?:\/\/(?!localhost)/);
  expect((await rest.call('/2.0')).status).toBe(200);
});

test('pictures are drawn from the name in the address alone', async () => {
  const one = await rest.call(`/2.0/avatars/${rest.ids.app}.svg`);
  expect(one.headers['content-type']).toBe('image/svg+xml');
  expect(one.body).toBe((await rest.call(`/!api/2.0/avatars/${rest.ids.app}.svg`)).body);
  expect((await rest.call('/2.0/avatars/nobody.svg')).status).toBe(200);
});
