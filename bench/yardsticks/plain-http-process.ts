/**
 * The floors of REST, in a process of its own: a bare Fastify route that answers the bytes it is given, or one that
 * starts `git log` for each request. node plain-http-process.ts PORT bytes FILE | log REPOSITORY
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const [port = '0', what, place = ''] = process.argv.slice(2);
const app = fastify({ logger: false });
const FORMAT = '--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B%x01';

if (what === 'bytes') {
  const value: unknown = JSON.parse(readFileSync(place, 'utf8'));
  const text = JSON.stringify(value);
  app.get('/*', (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
} else {
  app.get<{ Params: { readonly head: string } }>('/:head', (request, reply) => {
    execFile('git', ['-C', place, 'log', '-30', FORMAT, request.params.head, '--'], (error, stdout) => {
      const values = stdout.split('\x01').map((commit) => commit.trim().split('\0'));
      void reply.status(error === null ? 200 : 500).send({ pagelen: 30, values });
    });
    return reply;
  });
}
await app.listen({ host: '127.0.0.1', port: Number(port) });
