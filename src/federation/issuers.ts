import { randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { Selectable } from 'kysely';
import { invalid, Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import type { TokenIssuerTable } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import { plainName } from './claims.ts';
import { JUDGED_ELSEWHERE } from './conditions.ts';
import { maySpeakWith } from './discover.ts';
import { parseKeySet } from './key-set.ts';

/** Whoever signs tokens of CI jobs that this host listens to. */
export interface TokenIssuer {
  readonly id: string;
  /** Exactly as `iss` has it. */
  readonly issuer: string;
  readonly title: string;
  readonly immutableClaims: readonly string[];
  /** Its keys are read from where it says that they are; otherwise they were given. */
  readonly discovers: boolean;
  readonly keys: JSONWebKeySet;
  readonly keysReadAt: number;
  /** When somebody began to read them last. */
  readonly keysTriedAt: number;
  readonly createdAt: number;
  readonly removedAt: number | null;
}

/** Pages show all of them, and forms offer them. */
const MOST_ISSUERS = 100;
const LONGEST = 500;
const MOST_CLAIMS = 20;
const CLAIM = /^[^\s\p{C},=]{1,200}$/u;

/** The URL of an issuer, kept as it was written, since `iss` is compared with it letter by letter. Throws `Problem`. */
export function chooseIssuer(text: string, discovers: boolean): string {
  const issuer = text.trim();
  const url = issuer.length > LONGEST || /[\s\p{C}]/u.test(issuer) ? null : URL.parse(issuer);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || /[?#]/.test(issuer))
    throw invalid(
      'issuer',
      'Give the issuer as its tokens have it in "iss": a URL such as https://token.actions.githubusercontent.com.',
    );
  if (discovers && !maySpeakWith(url))
    throw invalid('issuer', `The keys of an issuer are read over https alone: is it https://${url.host}?`);
  return issuer;
}

/** Claims that the issuer never gives to anybody else. Throws `Problem` for none: no policy could be made for it. */
export function chooseImmutableClaims(names: readonly string[]): readonly string[] {
  const claims = [...new Set(names.map(plainName).filter((name) => name !== ''))];
  const joined = claims.find((name) => name === 'sub' || JUDGED_ELSEWHERE.includes(name));
  if (joined !== undefined)
    throw invalid(
      'immutable',
      `${JSON.stringify(joined)} is no id that one project has and no other: name such a claim, such as repository_id.`,
    );
  if (claims.length === 0)
    throw invalid(
      'immutable',
      'Name at least one claim whose value the issuer never gives to anybody else, such as repository_id.',
    );
  const wrong = claims.find((name) => !CLAIM.test(name));
  if (wrong !== undefined || claims.length > MOST_CLAIMS)
    throw invalid(
      'immutable',
      `Claims are named one by one, such as repository_id or /kubernetes.io/serviceaccount/uid, ${MOST_CLAIMS} at most.`,
    );
  return claims;
}

/** Throws `Problem` where there is one of this URL, and where there are very many. */
export async function insertIssuer(
  db: Handle,
  wanted: Pick<TokenIssuer, 'issuer' | 'title' | 'immutableClaims' | 'discovers' | 'keys'>,
  now: number,
): Promise<string> {
  const { count } = await db
    .selectFrom('token_issuer')
    .select(({ fn }) => fn.countAll<string | number>().as('count'))
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_ISSUERS)
    throw new Problem(
      'conflict',
      `There are ${MOST_ISSUERS} issuers, which is as many as there can be: remove one.`,
    );
  const id = randomUUID();
  await db
    .insertInto('token_issuer')
    .values({
      id,
      issuer: wanted.issuer,
      title: wanted.title,
      immutable_claims: JSON.stringify(wanted.immutableClaims),
      discovers: wanted.discovers ? 1 : 0,
      keys: JSON.stringify(wanted.keys),
      keys_read_at: now,
      keys_tried_at: now,
      created_at: now,
      removed_at: null,
    })
    .execute()
    .catch(
      orTaken(
        () =>
          new Problem('taken', `The issuer ${wanted.issuer} is registered already.`, {
            fields: { issuer: ['This issuer is registered already.'] },
          }),
      ),
    );
  return id;
}

/** Those that were not removed, by their titles. */
export async function listIssuers(db: Handle): Promise<readonly TokenIssuer[]> {
  const rows = await db
    .selectFrom('token_issuer')
    .selectAll()
    .where('removed_at', 'is', null)
    .orderBy('title')
    .orderBy('issuer')
    .execute();
  return rows.map(issuerFrom);
}

/** The registered one of exactly this URL. */
export async function issuerNamed(db: Handle, issuer: string): Promise<TokenIssuer | undefined> {
  const row = await db
    .selectFrom('token_issuer')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row && issuerFrom(row);
}

/** By their ids, removed ones too: what a policy was made for can always be told. */
export async function issuersById(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TokenIssuer>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('token_issuer')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, issuerFrom(row)]));
}

export async function removeIssuer(db: Handle, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('token_issuer')
    .set({ removed_at: now })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Keys that were read or given anew. */
export async function keepKeys(db: Handle, id: string, keys: JSONWebKeySet, now: number): Promise<void> {
  await db
    .updateTable('token_issuer')
    .set({ keys: JSON.stringify(keys), keys_read_at: now })
    .where('id', '=', id)
    .execute();
}

/** Whether the keys of an issuer may be read now: by one of all nodes in so much time, whatever comes of it. */
export async function claimReading(db: Handle, id: string, everyMs: number, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('token_issuer')
    .set({ keys_tried_at: now })
    .where('id', '=', id)
    .where('keys_tried_at', '<=', now - everyMs)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

const issuerFrom = (row: Selectable<TokenIssuerTable>): TokenIssuer => ({
  id: row.id,
  issuer: row.issuer,
  title: row.title,
  immutableClaims: JSON.parse(row.immutable_claims) as string[],
  discovers: row.discovers === 1,
  keys: parseKeySet(row.keys),
  keysReadAt: row.keys_read_at,
  keysTriedAt: row.keys_tried_at,
  createdAt: row.created_at,
  removedAt: row.removed_at,
});
