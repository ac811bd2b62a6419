// Runs before `npm start`, `npm test` and `npm run latchkey`: installs what package-lock.json names when it is not
// there yet, or is not what the lock file says. Plain JavaScript, because it runs on whatever Node the machine has.
// `npm install` and not `npm ci`: some registries lack the builds of a tool for other platforms, and `ci` then refuses the lock file.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.latchkey-installed`;
const lock = () =>
  createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
const present = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';

if (present !== lock()) {
  process.stderr.write('Installing what Latchkey needs (once)…\n');
  const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (npm.status !== 0) {
    process.stderr.write(
      'npm install failed: see above. Latchkey needs npm and access to a package registry.\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock());
}
