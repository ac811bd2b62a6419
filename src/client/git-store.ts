import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { Problem } from '../problem.ts';
import { formatAttributes } from './attributes.ts';
import type { IssuedCredential } from './issued.ts';

/** Git's answer, in a folder where no repository has a say. */
function git(args: readonly string[], input = ''): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: homedir(), stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', () =>
      reject(new Problem('not_found', 'There is no git on this machine. Use --print for the secret alone.')),
    );
    child.once('close', (code) =>
      resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString('utf8').trim() }),
    );
    // A git that ends without reading closes the pipe, and its code says the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The helper that Git would ask for this host, undefined where it would ask none; `cache` forgets within minutes and counts as none. */
export async function lastingHelper(origin: string): Promise<string | undefined> {
  const { text } = await git(['config', '--get-urlmatch', 'credential.helper', origin]);
  return text === '' || /^cache\b/.test(text) ? undefined : text;
}

/** Makes `command` the only helper that Git asks for this host, and for no other. Throws `Problem`. */
export async function setHelper(origin: string, command: string): Promise<void> {
  const key = `credential.${origin}.helper`;
  // An empty value forgets the helpers that were named before, for this host.
  const first = await git(['config', '--global', '--replace-all', key, '']);
  const second = await git(['config', '--global', '--add', key, command]);
  if (first.code !== 0 || second.code !== 0)
    throw new Problem(
      'conflict',
      `Git's own settings could not be written. Set ${key} to ${command} yourself.`,
    );
}

/** Hands a credential to whatever store Git has. Throws `Problem`. */
export async function approve(origin: string, issued: IssuedCredential): Promise<void> {
  const url = new URL(origin);
  const message = formatAttributes({
    protocol: url.protocol.slice(0, -1),
    host: url.host,
    username: issued.username,
    password: issued.secret,
    ...(issued.expiresAt !== undefined && {
      password_expiry_utc: String(Math.floor(issued.expiresAt / 1000)),
    }),
  });
  const { code } = await git(['credential', 'approve'], `${message}\n`);
  if (code !== 0) throw new Problem('conflict', 'Git could not store the credential.');
}

/** What Git runs as its helper: the command that runs now, whether or not it is on the search path. */
export function ownHelper(argv: readonly string[]): string {
  const [runtime = '', script = ''] = argv;
  return `!${quoted(runtime)} ${quoted(script)} credential-helper`;
}

/** Of a shell's words, the one that stands for this text alone. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
