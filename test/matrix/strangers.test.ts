import { beforeAll, describe, expect, it } from 'vitest';
import { changeRepository } from '../../src/acts/repositories/change.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { CALLERS, callerName, type Caller } from './callers.ts';
import { ask, requestOf, type Asked } from './requests.ts';
import { ROWS, rowName, type Row } from './routes.ts';
import { sharedTemplate } from './shared-template.ts';
import type { Template, World } from './world.ts';

/** T57, over every route: what is private and what was never there are one answer, byte for byte, save date and own input. */

let template: Template;
let world: World;

beforeAll(async () => {
  template = await sharedTemplate();
  world = await template.copy();
  atEndOfFile(() => world.close());
  // From now on acme/plain is a former name.
  const target = { type: 'repository', workspace: 'acme', repository: 'plain' } as const;
  const grant = await enterAsOperator(world.services, 'repository.update', [target]);
  await changeRepository(world.services, grant, { slug: 'plane' });
}, 150_000);

/** Names of one length, so that lengths can be compared as well. The second of each was never there. */
const REPOSITORIES = [
  ['acme/app', 'acme/nop'],
  ['acme/plain', 'acme/nopla'],
  ['acme/plane', 'acme/nopla'],
  ['acme/gone', 'acme/none'],
  ['elsewhere/hidden', 'elsewhere/absent'],
  ['elsewhere/hidden', 'nowhereat/hidden'],
] as const;
const WORKSPACES = [
  ['elsewhere', 'nowhereat'],
  ['guild', 'nowhr'],
] as const;

const isStranger = ({ holder, scopeSet, way, secret }: Caller): boolean =>
  holder.type === 'nobody' ||
  (holder.type === 'person' && holder.name === 'root') ||
  secret === 'account password' ||
  way === 'secret as cookie' ||
  (holder.type === 'repository' && holder.name === 'acme/open' && scopeSet === 'every scope');
const strangers = CALLERS.filter(isStranger);

/** Ways of asking that have told hosts apart before. */
const variants: readonly (readonly [name: string, change: (asked: Asked) => Asked])[] = [
  ['plainly', (asked) => asked],
  ['as go get', (asked) => ({ ...asked, url: `${asked.url}${asked.url.includes('?') ? '&' : '?'}go-get=1` })],
  ['for what is new', (asked) => ({ ...asked, headers: { ...asked.headers, 'if-none-match': '*' } })],
];

const MOVING = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);
/** What a passkey is to sign: random in every sign-in page, and so in answer to a form that a stranger sends. */
const CHALLENGE = /&quot;challenge&quot;:&quot;[\w-]+&quot;/g;

async function heard(row: Row, asked: Asked, name: string): Promise<string> {
  const { status, headers, body } = await ask(world, asked, row.door);
  const kept = Object.entries(headers).filter(([header]) => !MOVING.has(header));
  const page = body.replace(CHALLENGE, '');
  const plain = (text: string) =>
    [name, encodeURIComponent(name), name.replace('/', '%2F').toLowerCase(), ...name.split('/').slice(0, 1)]
      .reduce((left, each) => left.replaceAll(each, 'NAME'), text)
      .replaceAll('NAME/absent', 'NAME')
      .replaceAll('NAME/hidden', 'NAME');
  return plain(
    JSON.stringify({ status, headers: kept.toSorted(([a], [b]) => a.localeCompare(b)), body: page }),
  );
}

const renamed = (asked: Asked, from: string, to: string): Asked => ({
  ...asked,
  url: asked.url.replace(`/${from}`, `/${to}`),
});

async function compare(
  rows: readonly Row[],
  pairs: readonly (readonly [string, string])[],
  kind: 'repository' | 'workspace',
): Promise<number> {
  let compared = 0;
  for (const row of rows) {
    for (const caller of strangers) {
      for (const [there, missing] of pairs) {
        const asked = requestOf(
          { row, caller, target: { [kind]: there, destination: 'acme' } },
          template.made,
        );
        expect(asked.url).toContain(`/${there}`);
        for (const [variant, change] of row.method === 'GET' ? variants : variants.slice(0, 1)) {
          const one = await heard(row, change(asked), there);
          const other = await heard(row, change(renamed(asked, there, missing)), missing);
          expect(one, `${rowName(row)}, ${variant}, ${callerName(caller)}: ${there} and ${missing}`).toBe(
            other,
          );
          compared += 1;
        }
      }
    }
  }
  return compared;
}

describe('T57: to strangers, private and missing are one on every route', () => {
  const ofRepositories = ROWS.filter(({ url }) => url.includes(':repository'));

  it.each(['git', 'rest', 'web'] as const)('of repositories, %s', { timeout: 120_000 }, async (door) => {
    const rows = ofRepositories.filter((row) => row.door === door);
    expect(rows.length).toBeGreaterThan(15);
    expect(await compare(rows, REPOSITORIES, 'repository')).toBeGreaterThan(1_000);
  });

  it('of workspaces', { timeout: 120_000 }, async () => {
    const rows = ROWS.filter((row) => row.url.includes(':workspace') && !row.url.includes(':repository'));
    expect(await compare(rows, WORKSPACES, 'workspace')).toBeGreaterThan(200);
  });

  it('of the workspace that a repository would be moved to', async () => {
    const ada = CALLERS.find(({ secret, holder }) => secret === 'session' && holder.type === 'person');
    if (ada === undefined) throw new Error('Nobody is signed in.');
    const rows = ROWS.filter(({ url }) => url.includes(':destination'));
    for (const row of rows) {
      const target = { repository: 'acme/app', destination: 'elsewhere' };
      const asked = requestOf({ row, caller: ada, target }, template.made);
      const other = { ...asked, url: asked.url.replace('elsewhere', 'nowhereat') };
      const [one, two] = [await heard(row, asked, 'elsewhere'), await heard(row, other, 'nowhereat')];
      expect(one, rowName(row)).toBe(two);
      expect(one).toContain('"status":404');
    }
    expect(rows).toHaveLength(3);
  });
});
