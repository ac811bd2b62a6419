import type { FastifyRequest } from 'fastify';

/** What a form sent. A field that is absent is '', a box that is not ticked is false: handlers need no other cases. */
export class FormInput {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(body: unknown) {
    this.#fields = typeof body === 'object' && body !== null ? { ...body } : {};
  }

  /** As it was typed; of several values the last, as a later field overrides an earlier one. */
  text(name: string): string {
    return this.texts(name).at(-1) ?? '';
  }

  texts(name: string): readonly string[] {
    return [this.#fields[name]].flat().filter((value) => typeof value === 'string');
  }

  ticked(name: string): boolean {
    return this.texts(name).length > 0;
  }
}

export const formOf = (request: FastifyRequest): FormInput => new FormInput(request.body);
