/** The process of the yardstick `node-git-server`: node node-git-server-process.ts ROOT PORT USER PASSWORD */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

/** The part of the package that is used. */
interface Package {
  readonly Git: new (
    root: string,
    options: {
      readonly autoCreate: false;
      readonly authenticate: (
        request: { readonly user: () => Promise<readonly [name: string, password: string]> },
        next: (error?: Error) => void,
      ) => void;
    },
  ) => { handle(request: IncomingMessage, response: ServerResponse): void };
}

const [root = '', port = '0', user, password] = process.argv.slice(2);
const { Git } = createRequire(import.meta.url)('node-git-server') as Package;
const server = new Git(root, {
  autoCreate: false,
  authenticate: ({ user: presented }, next) => {
    void (async () => {
      const [name, secret] = await presented();
      next(name === user && secret === password ? undefined : new Error('wrong'));
    })();
  },
});
// Its own `listen` would take every address of the machine.
createServer((request, response) => server.handle(request, response)).listen(Number(port), '127.0.0.1');
