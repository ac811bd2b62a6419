import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { limitBodyTime } from '../shared/body-deadline.ts';

/** The media type of the Git LFS API, both ways. */
export const LFS_TYPE = 'application/vnd.git-lfs+json';

/** A batch of a thousand files has 130 kB. */
const BODY_BYTES = 1024 * 1024;

/** Reads bodies as JSON, which come soon; what is none is a `Problem`. */
export function takeJson(app: FastifyInstance, { requestBodyMs }: Services): void {
  limitBodyTime(app, requestBodyMs, (message) => ({
    contentType: LFS_TYPE,
    body: JSON.stringify({ message }),
  }));
  app.addContentTypeParser(
    /^application\/(?:vnd\.git-lfs\+)?json(?:;|$)/i,
    { parseAs: 'string', bodyLimit: BODY_BYTES },
    (_request, text, done) => {
      try {
        done(null, JSON.parse(String(text)));
      } catch {
        done(new Problem('invalid', 'The body is no JSON.'));
      }
    },
  );
}

/** Leaves bodies to be read as they come, whatever they say they are. */
export function takeStreams(app: FastifyInstance): void {
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** What a body or query says, in the shape that is wanted. Throws `Problem` with the first thing that is wrong. */
export function readAs<Schema extends z.ZodType>(schema: Schema, said: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(said);
  if (error === undefined) return data as z.output<Schema>;
  const [issue] = error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new Problem(
    'invalid',
    `${where === '' ? 'The body' : where}: ${issue?.message ?? 'is not read here'}`,
  );
}

/** Answers of this door are true for this asker at this moment. */
export const sendJson = (reply: FastifyReply, answer: object): FastifyReply =>
  reply.header('Cache-Control', 'no-store').type(LFS_TYPE).send(JSON.stringify(answer));
