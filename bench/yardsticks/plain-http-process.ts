/**
 * The floors of REST, in a process of its own: a bare Fastify route that answers the bytes it is given, or one that
 * starts Git for each request. node plain-http-process.ts PORT bytes FILE | git REPOSITORY
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fastify, { type FastifyReply } from 'fastify';

const [port = '0', what, place = ''] = process.argv.slice(2);
const app = fastify({ logger: false });
const BRANCH = '%(refname)%00%(objectname)%00%(tree)%00%(parent)%00%(author)%00%(contents)%01';
const FORMAT = '--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B%x01';

if (what === 'bytes') {
  const value: unknown = JSON.parse(readFileSync(place, 'utf8'));
  const text = JSON.stringify(value);
  app.get('/*', (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
} else {
  const list = (reply: FastifyReply, args: readonly string[]): FastifyReply => {
    execFile('git', ['-C', place, ...args], (error, stdout) => {
      const values = stdout.split('\x01').map((entry) => entry.trim().split('\0'));
      void reply.status(error === null ? 200 : 500).send({ pagelen: 30, values });
    });
    return reply;
  };
  app.get<{ Params: { readonly head: string } }>('/:head', (request, reply) =>
    list(reply, ['log', '-30', FORMAT, request.params.head, '--']),
  );
  app.get('/commits/all', (_request, reply) => list(reply, ['log', '-30', FORMAT, '--branches', '--tags']));
  app.get<{ Params: { readonly path: string } }>('/commits/of/:path', (request, reply) =>
    list(reply, ['log', '-30', FORMAT, 'HEAD', '--', request.params.path]),
  );
  app.get('/branches/by-date', (_request, reply) =>
    list(reply, ['for-each-ref', '--count=30', '--sort=-committerdate', `--format=${BRANCH}`, 'refs/heads/']),
  );
  app.get<{ Params: { readonly '*': string } }>('/file/*', (request, reply) => {
    const args = ['-C', place, 'cat-file', 'blob', `HEAD:${request.params['*']}`];
    execFile('git', args, { encoding: 'buffer' }, (error, stdout) => {
      void reply.status(error === null ? 200 : 500).send(stdout);
    });
    return reply;
  });
}
await app.listen({ host: '127.0.0.1', port: Number(port) });
