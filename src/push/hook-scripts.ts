import { randomBytes } from 'node:crypto';
import { access, chmod, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RELAY_DESCRIPTOR } from '../git/receive-pack.ts';

/**
 * The hooks of every push: fixed scripts of shell builtins and `cat` that carry Git's questions to the server process
 * over a descriptor that they inherit, and its answers back. Nothing is decided in them; without the server they refuse.
 *
 * What they send: the hook's name on a line; for `pre-receive` then what Git wrote to the hook and an empty line.
 * `proc-receive` is answered by its whole report on one line, or by `stream` and the report behind it. What
 * Git tells that hook is not looked at: it is what `pre-receive` let pass, without what Git gave up since.
 */

const relay = RELAY_DESCRIPTOR;

const absent = `if [ "\${LATCHKEY_RELAY-}" != ${relay} ]; then
  echo 'This repository is pushed to through Latchkey only: use its address.' >&2
  exit 1
fi
`;

// Builtins carry the few lines of an ordinary push: each `cat` takes as long to start as they take for fifty.
const copy = `copy() {
  left=20
  while [ $left -gt 0 ]; do
    IFS= read -r line || return 0
    printf '%s\\n' "$line"
    left=$((left - 1))
  done
  cat
}
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  // Git waits with its commands until it was greeted, and fails where nobody takes them from it.
  'proc-receive': `${absent}printf 'proc-receive\\n' >&${relay}
IFS= read -r answer <&${relay} || exit 1
if [ "$answer" = stream ]; then
  # A background command gets no standard input of its own in sh.
  exec 5<&0
  cat <&5 >/dev/null ${relay}>&- &
  exec 5<&-
  printf '000eversion=1\\n0000'
  exec cat <&${relay}
fi
printf '000eversion=1\\n0000%s' "$answer"
while IFS= read -r line; do :; done 2>/dev/null
exit 0
`,
  'pre-receive': `${absent}${copy}{ printf 'pre-receive %s\\n' "\${GIT_QUARANTINE_PATH-}"; copy; printf '\\n'; } >&${relay} || exit 1
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
};

const installed = new Map<string, Promise<void>>();

/**
 * Writes the hooks into `folder` where they are not there as they should be. What is in them is looked at once for each run
 * of the server; that they are there, before each push, which Git would refuse without them.
 */
export async function installHooks(folder: string): Promise<void> {
  const known = installed.get(folder);
  await known;
  if (known !== undefined && !(await areThere(folder)) && installed.get(folder) === known) {
    installed.delete(folder);
  }
  await (installed.get(folder) ?? write(folder));
}

const areThere = (folder: string): Promise<boolean> =>
  Promise.all(Object.keys(SCRIPTS).map((name) => access(join(folder, name), constants.X_OK))).then(
    () => true,
    () => false,
  );

function write(folder: string): Promise<void> {
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
