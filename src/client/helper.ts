import { isDeepStrictEqual } from 'node:util';
import { TOKEN_USER, type IssuedCredential } from './issued.ts';
import { changeKept, readKept, type Kept } from './keeper.ts';
import { refresh } from './refresh.ts';

/** What Git is told, and what the person is told besides, on standard error. */
export interface HelperAnswer {
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly says?: string;
}

const NOTHING: HelperAnswer = { attributes: {} };
/** So early before its end a token is renewed: a large push takes a while. */
const EARLY_MS = 2 * 60_000;
/** But by no more than this part of its life: one that lives for minutes alone would be renewed at every use. */
const EARLY_PART = 1 / 2;

/** What was issued, as it is kept. */
export const keptOf = (host: string, issued: IssuedCredential): Kept => ({
  host,
  username: issued.username,
  password: issued.secret,
  issued_utc: Math.floor(issued.issuedAt / 1000),
  ...(issued.expiresAt !== undefined && { password_expiry_utc: Math.floor(issued.expiresAt / 1000) }),
  ...(issued.refreshToken !== undefined && { oauth_refresh_token: issued.refreshToken }),
});

/** What the attributes of a request name; undefined where it is about nothing that is kept here, such as mail. */
function hostOf(asked: ReadonlyMap<string, string>): string | undefined {
  const [protocol, host] = [asked.get('protocol'), asked.get('host')];
  if ((protocol !== 'https' && protocol !== 'http') || host === undefined || /[/?#@\\\s]/.test(host))
    return undefined;
  const url = URL.parse(`${protocol}://${host}`);
  return url === null ? undefined : url.origin;
}

/**
 * `get`: what is kept for the host, and for the user name where one is asked for. What will expire soon is renewed by its
 * refresh token, once for all who ask at the same time; where that fails, it is told for as long as it is good. A refresh token that another helper keeps (Git hands it on) is used, too.
 */
export async function getCredential(
  path: string,
  asked: ReadonlyMap<string, string>,
  now: number,
): Promise<HelperAnswer> {
  const host = hostOf(asked);
  if (host === undefined) return NOTHING;
  const wanted = matching(host, asked.get('username'));
  const found = (await readKept(path)).find(wanted);
  if (found !== undefined && !endsSoon(found, now)) return told(found);
  const handed = asked.get('oauth_refresh_token');
  if (found === undefined && handed === undefined) return NOTHING;
  if (found !== undefined && found.oauth_refresh_token === undefined)
    return endsBy(found, now)
      ? { attributes: {}, says: `What was kept for ${host} has expired.${AGAIN(host)}` }
      : told(found);
  return changeKept(path, async (kept) => {
    // Somebody else may have renewed it while we waited for our turn.
    const current = kept.find(wanted);
    if (current !== undefined && !endsSoon(current, now)) return { kept, result: told(current) };
    const refreshToken = current?.oauth_refresh_token ?? handed;
    let issued: IssuedCredential | undefined;
    try {
      issued = refreshToken === undefined ? undefined : await refresh(host, refreshToken);
    } catch (error) {
      // By the clock, for it may have run out while we waited for the host.
      if (current === undefined || endsBy(current, Date.now())) throw error;
      return { kept, result: told(current) };
    }
    const others = current === undefined ? kept : kept.filter((each) => each !== current);
    if (issued === undefined) {
      const result = { attributes: {}, says: `What was kept for ${host} cannot be renewed.${AGAIN(host)}` };
      return { kept: others, result };
    }
    const renewed = keptOf(host, issued);
    return { kept: [renewed, ...others], result: told(renewed) };
  });
}

const AGAIN = (host: string): string => ` Sign in again: latchkey login ${host}`;

/**
 * `store`: keeps what Git found to work. An older Git says neither when a password expires nor its refresh token: what is
 * known of the same password stays.
 */
export async function storeCredential(path: string, asked: ReadonlyMap<string, string>): Promise<void> {
  const host = hostOf(asked);
  const [username, password] = [asked.get('username'), asked.get('password')];
  if (host === undefined || !username || !password) return;
  const expiry = asked.get('password_expiry_utc') ?? '';
  const refreshToken = asked.get('oauth_refresh_token');
  const said: Kept = {
    host,
    username,
    password,
    ...(/^\d{1,12}$/.test(expiry) && { password_expiry_utc: Number(expiry) }),
    ...(refreshToken !== undefined && { oauth_refresh_token: refreshToken }),
  };
  const account = (await readKept(path)).filter((each) => each.host === host && each.username === username);
  // All tokens go by this one name: one out of the address of some clone does not push out that which can be renewed.
  const isRenewable = account.some(
    (each) => each.oauth_refresh_token !== undefined && each.password !== password,
  );
  if (username === TOKEN_USER && refreshToken === undefined && isRenewable) return;
  // Git says it after every use; most of the time there is nothing to write.
  const known = account.find((each) => each.password === password);
  if (known === undefined || !isDeepStrictEqual(known, { ...known, ...said })) await keep(path, said);
}

/** Keeps one in the place of what there was for the same account. */
export const keep = (path: string, entry: Kept): Promise<void> =>
  changeKept(path, async (kept) => {
    const same = kept.find((each) => each.host === entry.host && each.username === entry.username);
    const merged = same?.password === entry.password ? { ...same, ...entry } : entry;
    return { kept: [merged, ...kept.filter((each) => each !== same)], result: undefined };
  });

/** `erase`: forgets what the host refused; where a password is named, that one alone. */
export async function eraseCredential(path: string, asked: ReadonlyMap<string, string>): Promise<void> {
  const host = hostOf(asked);
  if (host === undefined) return;
  const wanted = matching(host, asked.get('username'));
  const password = asked.get('password');
  const isMeant = (each: Kept) => wanted(each) && (password === undefined || each.password === password);
  if (!(await readKept(path)).some(isMeant)) return;
  await changeKept(path, async (kept) => ({
    kept: kept.filter((each) => !isMeant(each)),
    result: undefined,
  }));
}

const matching =
  (host: string, username: string | undefined) =>
  (kept: Kept): boolean =>
    kept.host === host &&
    // A token goes by a name of its own, whatever name stands in the address of a clone.
    (username === undefined || kept.username === username || kept.username === TOKEN_USER);

const endsBy = ({ password_expiry_utc: expiry }: Kept, at: number): boolean =>
  expiry !== undefined && expiry * 1000 <= at;

function endsSoon(kept: Kept, now: number): boolean {
  const { password_expiry_utc: expiry, issued_utc: issued } = kept;
  if (expiry === undefined || issued === undefined) return endsBy(kept, now + EARLY_MS);
  return endsBy(kept, now + Math.min(EARLY_MS, (expiry - issued) * 1000 * EARLY_PART));
}

const told = (kept: Kept): HelperAnswer => ({
  attributes: {
    username: kept.username,
    password: kept.password,
    password_expiry_utc: kept.password_expiry_utc?.toString(),
    oauth_refresh_token: kept.oauth_refresh_token,
  },
});
