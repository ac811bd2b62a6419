import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './api.ts';
import type { Authors } from './attribution.ts';
import { condensedRepositoryObject, type RepositoryData } from './objects/repository.ts';
import { sendRendered, type RenderedAnswers } from './rendered-answers.ts';

/** A page whose entries show commits of one repository. */
export interface ListAnswer {
  /** What stands around the entries. */
  readonly envelope: object;
  readonly repository: RepositoryData;
  readonly authors: Authors;
  /** All that the entries are made of besides, in a few words. */
  readonly told: unknown;
  readonly values: () => readonly unknown[];
}

/** Sends a page, which is put into words again only where something in it is another than before. */
export function sendList(
  { linksOf }: Context,
  rendered: RenderedAnswers,
  request: FastifyRequest,
  reply: FastifyReply,
  { envelope, repository, authors, told, values }: ListAnswer,
): void {
  const parts = [
    request.routeOptions.url,
    envelope,
    condensedRepositoryObject(linksOf(request), repository),
    [...authors.people],
    [...authors.bots],
    told,
  ];
  const render = (): string => reply.serializeInput({ ...envelope, values: values() }, '200') as string;
  sendRendered(request, reply, rendered.of(parts, render));
}
