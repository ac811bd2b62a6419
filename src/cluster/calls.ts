/** A way for messages between two processes; a `cluster.Worker` and `process` itself are such. */
export interface Channel {
  send(message: object): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

type Handler = (value: never) => unknown;

interface Call {
  readonly call: string;
  /** Absent where no answer is wanted. */
  readonly id?: number;
  readonly value: unknown;
}

type Answer =
  | { readonly answer: number; readonly value: unknown }
  | { readonly failed: number; readonly reason: string };

/** Questions and answers over a channel, both ways. What is said must be plain data. */
export class Calls {
  readonly #channel: Channel;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #isOver = false;

  /** @param handlers what the other side may ask or tell; their failures are told as their sentence */
  constructor(channel: Channel, handlers: Readonly<Record<string, Handler>>) {
    this.#channel = channel;
    channel.on('message', (message) => {
      const heard = message as Call | Answer;
      if ('call' in heard) void this.#answer(handlers, heard);
      else this.#hear(heard);
    });
  }

  /** Rejects where the other side failed, or is gone. */
  ask(name: string, value?: unknown): Promise<unknown> {
    const id = (this.#last += 1);
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(id, asked);
    if (this.#isOver) this.end();
    else this.#send({ call: name, id, value });
    return asked.promise;
  }

  tell(name: string, value?: unknown): void {
    this.#send({ call: name, value });
  }

  /** The other side is gone: whoever waits for an answer of it waits no longer. */
  end(): void {
    this.#isOver = true;
    for (const { reject } of this.#asked.values()) reject(new Error('The other process has ended.'));
    this.#asked.clear();
  }

  async #answer(handlers: Readonly<Record<string, Handler>>, { call, id, value }: Call): Promise<void> {
    try {
      const answer = await handlers[call]?.(value as never);
      if (id !== undefined) this.#send({ answer: id, value: answer });
    } catch (error) {
      if (id === undefined) throw error;
      this.#send({ failed: id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #hear(answer: Answer): void {
    const id = 'answer' in answer ? answer.answer : answer.failed;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if ('answer' in answer) asked?.resolve(answer.value);
    else asked?.reject(new Error(answer.reason));
  }

  #send(message: Call | Answer): void {
    if (this.#isOver) return;
    try {
      this.#channel.send(message);
    } catch {
      // The channel closes before we are told so.
    }
  }
}
