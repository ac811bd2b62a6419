import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Problem } from '../problem.ts';
import { ask, numberIn, printable, textIn, type HostAnswer, type HostEndpoints } from './host.ts';
import { CLIENT_ID, readIssued, type IssuedCredential } from './issued.ts';

/** What a person is asked for. */
export interface Wish {
  /** True: an app password; false: OAuth tokens, which are renewed. */
  readonly lasting: boolean;
  readonly label: string;
  readonly scopes: readonly string[];
  /** `WORKSPACE/NAME`; none is all that the person reaches. */
  readonly repositories: readonly string[];
  readonly expiresInDays: number | undefined;
}

/** A request that waits for a person: where to go, and what to enter there. */
export interface Waiting {
  readonly userCode: string;
  readonly page: string;
  /** The page with the code filled in. */
  readonly pageWithCode: string;
  readonly expiresAt: number;
  /** Resolves with what was approved. Throws `Problem` for a no, and when nobody answered in time. */
  answer(): Promise<IssuedCredential>;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
const SLOWER_SECONDS = 5;

/** Begins the flow of RFC 8628, with a proof (RFC 7636) that whoever collects the answer is who began. Throws `Problem`. */
export async function beginDeviceFlow(
  origin: string,
  endpoints: HostEndpoints,
  wish: Wish,
): Promise<Waiting> {
  const verifier = randomBytes(32).toString('base64url');
  const begun = await ask(endpoints.device, {
    client_id: CLIENT_ID,
    scope: wish.scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier, 'ascii').digest('base64url'),
    code_challenge_method: 'S256',
    ...(wish.lasting && { request_type: 'app_password' }),
    ...(wish.lasting && { label: wish.label }),
    ...(wish.repositories.length > 0 && { repository: wish.repositories.join(' ') }),
    ...(wish.expiresInDays !== undefined && { expires_in_days: String(wish.expiresInDays) }),
  });
  if (begun.status !== 200) throw refusal(begun);
  const [deviceCode, userCode, page] = ['device_code', 'user_code', 'verification_uri'].map((name) =>
    textIn(begun.body, name),
  );
  const expiresIn = numberIn(begun.body, 'expires_in');
  if (deviceCode === undefined || userCode === undefined || page === undefined || expiresIn === undefined)
    throw new Problem('unavailable', 'The host did not say where to answer.');
  const pageWithCode = textIn(begun.body, 'verification_uri_complete') ?? page;
  if ([page, pageWithCode].some((address) => URL.parse(address)?.origin !== origin))
    throw new Problem('conflict', 'The host sends people to a page that is not its own.');
  const expiresAt = Date.now() + expiresIn * 1000;
  const interval = numberIn(begun.body, 'interval') ?? SLOWER_SECONDS;
  return {
    userCode: printable(userCode),
    page: printable(page),
    pageWithCode: printable(pageWithCode),
    expiresAt,
    answer: () => poll({ endpoints, deviceCode, verifier, interval, expiresAt }),
  };
}

interface Poll {
  readonly endpoints: HostEndpoints;
  readonly deviceCode: string;
  readonly verifier: string;
  /** Seconds. */
  readonly interval: number;
  readonly expiresAt: number;
}

async function poll({
  endpoints,
  deviceCode,
  verifier,
  interval,
  expiresAt,
}: Poll): Promise<IssuedCredential> {
  let seconds = interval;
  while (Date.now() < expiresAt) {
    await setTimeout(seconds * 1000);
    let answer: HostAnswer;
    try {
      answer = await ask(endpoints.token, {
        grant_type: GRANT_TYPE,
        client_id: CLIENT_ID,
        device_code: deviceCode,
        code_verifier: verifier,
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // A network that went away for a moment comes back; the code still counts (RFC 8628 §3.5).
      seconds *= 2;
      continue;
    }
    if (answer.status === 200) return readIssued(answer, Date.now());
    const code = textIn(answer.body, 'error');
    if (code === 'slow_down') seconds += SLOWER_SECONDS;
    else if (code !== 'authorization_pending') throw refusal(answer);
  }
  throw new Problem('unavailable', 'Nobody answered in time. Run it again for a new code.');
}

const SENTENCES: Readonly<Record<string, string>> = {
  access_denied: 'The person said no. Nothing was made.',
  expired_token: 'Nobody answered in time. Run it again for a new code.',
  invalid_client: 'This host does not know the command line of Latchkey.',
};

function refusal({ body, status }: HostAnswer): Problem {
  const code = textIn(body, 'error') ?? '';
  const said = textIn(body, 'error_description');
  const sentence = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  return new Problem('invalid', sentence ?? printable(said ?? `The host answered with status ${status}.`));
}
