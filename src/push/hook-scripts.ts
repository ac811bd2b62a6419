import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RELAY_DESCRIPTOR } from '../git/receive-pack.ts';

/**
 * The hooks of every push: fixed scripts of shell builtins and `cat` that carry Git's questions to the server process
 * over a descriptor that they inherit, and its answers back. Nothing is decided in them; without the server they refuse.
 *
 * What they send: the hook's name on a line, then what Git wrote to the hook. For `pre-receive` and `post-receive` an
 * empty line ends it; `proc-receive` speaks packets both ways until the server closes its direction.
 */

const relay = RELAY_DESCRIPTOR;

const absent = `if [ "\${LATCHKEY_RELAY-}" != ${relay} ]; then
  echo 'This repository is pushed to through Latchkey only: use its address.' >&2
  exit 1
fi
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  // A background command gets no standard input of its own in sh: Git's questions are kept under another number.
  'proc-receive': `${absent}exec 5<&0
{ printf 'proc-receive\\n'; exec cat; } <&5 >&${relay} 2>/dev/null &
exec 5<&-
exec cat <&${relay}
`,
  'pre-receive': `${absent}{ printf 'pre-receive %s\\n' "\${GIT_QUARANTINE_PATH-}"; cat; printf '\\n'; } >&${relay} || exit 1
while IFS= read -r answer <&${relay}; do
  case $answer in
    accept) exit 0 ;;
    refuse) exit 1 ;;
    *) printf '%s\\n' "\${answer#say }" >&2 ;;
  esac
done
echo 'The server stopped before it had decided; push again.' >&2
exit 1
`,
  'post-receive': `${absent}{ printf 'post-receive\\n'; cat; printf '\\n'; } >&${relay}
`,
};

const installed = new Map<string, Promise<void>>();

/** Writes the hooks into `folder` where they are not there as they should be; once for each run of the server. */
export function installHooks(folder: string): Promise<void> {
  const known = installed.get(folder);
  if (known !== undefined) return known;
  const writing = writeAll(folder);
  installed.set(folder, writing);
  writing.catch(() => installed.delete(folder));
  return writing;
}

async function writeAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, body] of Object.entries(SCRIPTS)) {
    const path = join(folder, name);
    const text = `#!/bin/sh\n${body}`;
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
    // Renamed into place: a script that is being written must not be run.
    const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
    await writeFile(unfinished, text);
    await chmod(unfinished, 0o700);
    await rename(unfinished, path);
  }
}
