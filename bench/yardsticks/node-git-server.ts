import { fileURLToPath } from 'node:url';
import { ProcessGroup } from '../measure/process-group.ts';
import { freePort, listening } from './ports.ts';
import { basic, withCredentials, type GitServer } from './server.ts';

const USER = 'ada';
const PASSWORD = 'a-password-of-the-bench';
const program = fileURLToPath(new URL('node-git-server-process.ts', import.meta.url));

/**
 * The npm package `node-git-server`: a process of Git for each request, protocol version 0 alone.
 * @param root where the repositories lie, as `NAME.git`
 */
export async function startNodeGitServer(root: string): Promise<GitServer> {
  const port = await freePort();
  const group = new ProcessGroup(process.execPath, [program, root, String(port), USER, PASSWORD], {
    env: { GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await listening({ port });
  const url = `http://127.0.0.1:${port}`;
  return {
    name: 'node-git-server',
    url,
    group,
    authorization: basic(USER, PASSWORD),
    reconnects: true,
    path: (repository) => `/${repository}.git`,
    address: (repository) => withCredentials(`${url}/${repository}.git`, USER, PASSWORD),
  };
}
