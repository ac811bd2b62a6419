import { fileURLToPath } from 'node:url';
import { ProcessGroup } from '../measure/process-group.ts';
import { freePort, listening } from './ports.ts';

const program = fileURLToPath(new URL('plain-http-process.ts', import.meta.url));

export interface PlainServer {
  readonly url: string;
  readonly group: ProcessGroup;
}

/** A bare Fastify: `bytes` answers what stands in a file to every request, `git` starts Git on a repository for each. */
export async function startPlain(what: 'bytes' | 'git', place: string): Promise<PlainServer> {
  const port = await freePort();
  const group = new ProcessGroup(process.execPath, [program, String(port), what, place], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await listening({ port });
  return { url: `http://127.0.0.1:${port}`, group };
}
