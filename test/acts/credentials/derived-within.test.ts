import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveToken, type DerivedConfinement } from '../../../src/acts/credentials/derive.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { chooseBounds, findById, pushLayer, type BoundsInput } from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { examine } from '../../../src/entry/examine.ts';
import {
  declarationOf,
  GRANULAR_SCOPE_NAMES,
  heldScopes,
  mayHold,
  OPERATION_NAMES,
  SCOPE_NAMES,
  type OperationName,
  type TargetReference,
} from '../../../src/gate/index.ts';
import { Problem } from '../../../src/problem.ts';
import { basic, bearer, openHost, type TestHost } from '../host.ts';
import { describeOnPostgres } from '../../support/postgres.ts';

/** What derived tokens and their parents are asked about: repositories in and out of reach, their workspaces, the host, the account. */
const TARGETS: readonly TargetReference[] = [
  { type: 'repository', workspace: 'team', repository: 'app' },
  { type: 'repository', workspace: 'team', repository: 'open' },
  { type: 'repository', workspace: 'elsewhere', repository: 'hidden' },
  { type: 'workspace', workspace: 'team' },
  { type: 'workspace', workspace: 'elsewhere' },
  { type: 'account', self: true },
  { type: 'host' },
];

const bounds = fc.record(
  {
    refs: fc.subarray(['refs/heads/**', 'refs/heads/bot/*:create', 'refs/tags/*:create,delete'], {
      minLength: 1,
    }),
    paths: fc.constant(['docs/**']),
    networks: fc.subarray(['127.0.0.0/8', '203.0.113.0/24'], { minLength: 1 }),
    windows: fc.constantFrom(['Mon-Fri 08:00-18:00 UTC'], ['Sun 00:00-24:00 UTC']),
    uses: fc.constantFrom(1, 3),
    pushes: fc.constant(1),
    maximumBytes: fc.constant(1000),
    authorSelf: fc.constant(true),
  },
  { requiredKeys: [] },
);

const parent = fc.record({
  kind: fc.constantFrom('app_password' as const, 'api_token' as const, 'repository_access_token' as const),
  scopes: fc.array(fc.nat(200), { minLength: 1, maxLength: 5 }),
  bounds,
  /** What it is confined to besides, by number: nothing, `team/app`, `team/open`. */
  repositories: fc.nat(2),
});
const child = fc.record({
  scopes: fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
  /** Whether the scopes are chosen among what the parent holds; else among all. */
  within: fc.nat(4).map((n) => n > 0),
  bounds,
  repositories: fc.subarray(['team/app', 'team/open']),
});

const suite = (database: 'sqlite' | 'postgres', runs: number) => () => {
  let host: TestHost;
  let ids: readonly [string, string];
  beforeAll(async () => {
    host = await openHost(database);
    await host.person('jane');
    await host.person('eve');
    const team = await host.workspace('team', 'jane');
    const elsewhere = await host.workspace('elsewhere', 'eve');
    ids = [
      await host.repository(team, 'app', { isPrivate: true, hasWiki: true }),
      await host.repository(team, 'open', { isPrivate: false }),
    ];
    await host.repository(elsewhere, 'hidden', { isPrivate: true });
  });

  const pick = (all: readonly string[], numbers: readonly number[]) =>
    all.length === 0 ? [] : [...new Set(numbers.map((n) => all[n % all.length] ?? ''))];

  async function makeParent({
    kind,
    scopes,
    bounds: { windows: _later, ...chosen },
    repositories,
  }: typeof parent extends fc.Arbitrary<infer Made> ? Made : never) {
    const catalogue: readonly string[] =
      kind === 'api_token' ? GRANULAR_SCOPE_NAMES : SCOPE_NAMES.filter((scope) => mayHold(kind, scope));
    const held = pick(catalogue, scopes);
    const made =
      kind === 'app_password'
        ? await host.appPassword('jane', held)
        : kind === 'api_token'
          ? await host.apiToken('jane', held)
          : await host.accessToken('team/app', held);
    const layer = chooseBounds({
      ...chosen,
      // Deriving has to be let in: from here, now.
      networks: chosen.networks && ['127.0.0.0/8', ...chosen.networks],
      ...(repositories > 0 && { repositories: [ids[repositories - 1] ?? ''] }),
    } as BoundsInput);
    await host.services.database.transaction().execute((trx) => pushLayer(trx, made.id, layer));
    const presented = kind === 'repository_access_token' ? bearer(made.secret) : basic('jane', made.secret);
    return { ...made, kind, held, catalogue, presented };
  }

  /** Every operation of one target on each of those, by what is answered: those that are allowed. */
  async function allowed(credentialId: string, address: string, now: number): Promise<ReadonlySet<string>> {
    const questions = OPERATION_NAMES.flatMap((operation: OperationName) => {
      const { targets } = declarationOf(operation);
      const [only] = targets;
      if (targets.length !== 1 || only === undefined) return [];
      return TARGETS.filter(({ type }) => type === only.on).map((target) => ({
        operation,
        targets: [target],
      }));
    });
    const examined = await examine(host.services, { credentialId, questions, address, now });
    return new Set(
      (examined?.answers ?? []).flatMap(({ verdict }, at) =>
        verdict.allowed ? [JSON.stringify(questions[at])] : [],
      ),
    );
  }

  it('whatever is derived may do nothing that its parent may not, anywhere and at any time', async () => {
    let derived = 0;
    let seen = 0;
    const enough = () => derived > runs / 4 && seen > runs;
    const draw = () =>
      fc.assert(
        fc.asyncProperty(parent, fc.array(child, { minLength: 1, maxLength: 2 }), async (first, line) => {
          const origin = await makeParent(first);
          let above = { id: origin.id, held: origin.held, presented: origin.presented };
          for (const { scopes, within, bounds: chosen, repositories } of line) {
            const asked = pick(within ? [...heldScopes(above.held)] : origin.catalogue, scopes);
            const grant = await host.enter('derived_token.create', { type: 'host' }, above.presented, 'rest');
            const confinement = { ...chosen, repositoryNames: repositories } as DerivedConfinement;
            let made;
            try {
              made = await deriveToken(host.services, grant, { label: 'child', scopes: asked, confinement });
            } catch (error) {
              if (!(error instanceof Problem)) throw error;
              return;
            }
            derived += 1;
            const holds = heldScopes(above.held);
            for (const scope of asked) expect(holds.has(scope as never)).toBe(true);
            const own = await findById(host.services.database, made.id);
            const parentBounds = (await findById(host.services.database, above.id))?.bounds ?? [];
            expect(own?.bounds.slice(0, parentBounds.length)).toEqual(parentBounds);
            for (const address of ['127.0.0.1', '203.0.113.7', '198.51.100.9'])
              for (const now of [host.now, host.now + 30 * 60_000, host.now + 36 * 3_600_000]) {
                const mayParent = await allowed(above.id, address, now);
                const mayChild = await allowed(made.id, address, now);
                expect([...mayChild].filter((each) => !mayParent.has(each))).toEqual([]);
                seen += mayChild.size;
              }
            const secret = made.secret.reveal();
            above = {
              id: made.id,
              held: asked,
              presented: origin.kind === 'repository_access_token' ? bearer(secret) : basic('jane', secret),
            };
            // Where the token itself may not be used from here now, nothing comes of it.
            if ((await allowed(made.id, '127.0.0.1', host.now)).size === 0) return;
          }
        }),
        { numRuns: runs },
      );
    await draw();
    // Of a few draws most may be refused by chance.
    for (let more = 1; more <= 3 && !enough(); more += 1) await draw();
    // It would hold of nothing, too.
    expect(derived).toBeGreaterThan(runs / 4);
    expect(seen).toBeGreaterThan(runs);
  });

  it('ten thousand that came of one end with it within a moment', async () => {
    const { id, secret } = await host.appPassword('jane', ['repository']);
    const grant = await host.enter('derived_token.create', { type: 'host' }, basic('jane', secret), 'rest');
    const wanted = { label: 'x', scopes: ['repository'], confinement: {} };
    const first = await deriveToken(host.services, grant, wanted);
    const { database } = host.services;
    const row = await database
      .selectFrom('credential')
      .selectAll()
      .where('id', '=', first.id)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: 10_000 }, (_, n) => ({
      ...row,
      id: `cred_many${n}`,
      family_id: `cred_many${n}`,
      digest: `many ${n}`,
      parent_id: n % 3 === 0 ? id : n % 3 === 1 ? first.id : `cred_many${n - 2}`,
    }));
    for (let at = 0; at < copies.length; at += 1000)
      await database
        .insertInto('credential')
        .values(copies.slice(at, at + 1000))
        .execute();
    host.statements.length = 0;
    const revoke = await enterAsOperator(host.services, 'credential.revoke', [{ type: 'host' }]);
    await revokeCredential(host.services, revoke, id);
    // A few statements, however many there are.
    expect(host.statements.length).toBeLessThan(20);
    const { living } = await database
      .selectFrom('credential')
      .select(({ fn }) => fn.countAll().as('living'))
      .where((where) => where.or([where('id', 'like', 'cred_many%'), where('id', '=', first.id)]))
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow();
    expect(Number(living)).toBe(0);
  });
};

describe('derived tokens, on SQLite', suite('sqlite', 60));
await describeOnPostgres('derived tokens, on PostgreSQL', suite('postgres', 20));
