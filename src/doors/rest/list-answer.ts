import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from './api.ts';
import type { Authors } from './attribution.ts';
import { condensedRepositoryObject, type RepositoryData } from './objects/repository.ts';
import { PageEnvelope } from './paging.ts';
import { RenderedAnswers, RenderedEntries, sendRendered } from './rendered-answers.ts';

/** A page whose entries show commits of one repository. */
export interface ListAnswer {
  readonly envelope: z.input<typeof PageEnvelope>;
  readonly repository: RepositoryData;
  readonly authors: Authors;
  /** All that the entries are made of besides, in a few words. */
  readonly told: unknown;
  readonly entries: () => readonly ListEntry[];
}

export interface ListEntry {
  /** All that it is made of besides the repository, its authors included. */
  readonly told: unknown;
  /** As the schema of the list's entries has it. */
  readonly value: () => unknown;
}

/** Pages of lists whose entries are of one schema. What is in a page is put into words again only where it is another than before. */
export class ListAnswers {
  readonly #context: Context;
  readonly #entry: z.ZodType;
  readonly #answers = new RenderedAnswers();
  readonly #entries = new RenderedEntries();

  /** @param entry what of an entry leaves */
  constructor(context: Context, entry: z.ZodType) {
    this.#context = context;
    this.#entry = entry;
  }

  send(request: FastifyRequest, reply: FastifyReply, answer: ListAnswer): void {
    const { envelope, authors, told } = answer;
    const repository = condensedRepositoryObject(this.#context.linksOf(request), answer.repository);
    const parts = [envelope, repository, [...authors.people], [...authors.bots], told];
    const rendered = this.#answers.of(parts, () =>
      this.#render(answer, hash('sha256', JSON.stringify(repository), 'base64url')),
    );
    sendRendered(request, reply, rendered);
  }

  #render({ envelope, entries }: ListAnswer, repository: string): string {
    const opening = JSON.stringify(z.encode(PageEnvelope, envelope)).slice(0, -1);
    const texts = entries().map(({ told, value }) =>
      this.#entries.of(repository + JSON.stringify(told), () =>
        JSON.stringify(z.encode(this.#entry, value())),
      ),
    );
    return `${opening},"values":[${texts.join()}]}`;
  }
}
