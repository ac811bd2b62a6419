import type { Socket } from 'node:net';
import type { Connection, ServerChannel, Session } from 'ssh2';
import type { Services } from '../../services.ts';
import { answer, type Asked } from './answer.ts';
import { Authentication } from './authenticate.ts';
import { ClientGone, Exchange, Outflow } from './exchange.ts';
import type { Limits } from './limits.ts';
import type { Caller } from './run-command.ts';

/** As much of GIT_PROTOCOL as any client sends. */
const LONGEST_PROTOCOL = 256;

/** One client from its first bytes to its last. */
export class ClientConnection {
  readonly #services: Services;
  readonly #limits: Limits;
  readonly #client: Connection;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #agent: string;
  readonly #authentication: Authentication;
  readonly #outflow: Outflow;
  readonly #exchanges = new Set<Exchange>();
  #sessions = 0;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param agent the software that the client says it is */
  constructor(services: Services, limits: Limits, socket: Socket, client: Connection, agent: string) {
    this.#services = services;
    this.#limits = limits;
    this.#socket = socket;
    this.#client = client;
    this.#address = socket.remoteAddress ?? '';
    this.#agent = agent;
    const gone = new AbortController();
    this.#outflow = new Outflow(socket, client, limits, gone.signal);
    this.#authentication = new Authentication(services, limits, () => client.end());
    client.on('error', (error) => services.log.debug({ error, address: this.#address }, 'SSH'));
    client.on('authentication', (context) => {
      this.#authentication.answer(context).catch((error: unknown) => {
        services.log.debug({ error, address: this.#address }, 'SSH');
        socket.destroy();
      });
    });
    client.on('ready', () => this.#waitForCommands());
    client.on('session', (accept, refuse) => {
      if (this.#sessions >= limits.sessions || this.#isStopping) return refuse();
      this.#take(accept());
    });
    socket.on('data', () => this.#watch());
    socket.on('close', () => {
      clearTimeout(this.#timer);
      gone.abort(new ClientGone());
      for (const exchange of this.#exchanges) exchange.leave();
    });
  }

  get isProven(): boolean {
    return this.#authentication.proven !== undefined;
  }

  /** Lets running commands finish, and ends. */
  stop(): void {
    this.#isStopping = true;
    if (this.#exchanges.size === 0) this.#client.end();
  }

  /** Memory that only a client which breaks the rules of the protocol would take. */
  #watch(): void {
    const unread = [...this.#exchanges].reduce((sum, exchange) => sum + exchange.unread, 0);
    if (this.#socket.writableLength > this.#limits.excess || unread > this.#limits.excess) {
      this.#socket.destroy();
    }
  }

  #waitForCommands(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#exchanges.size === 0) this.#client.end();
      else this.#waitForCommands();
    }, this.#limits.idleMs);
  }

  #take(session: Session): void {
    this.#sessions += 1;
    session.once('close', () => {
      this.#sessions -= 1;
    });
    let protocol = '';
    let requests = 0;
    let exchange: Exchange | undefined;
    const count = () => {
      requests += 1;
      if (requests > this.#limits.requests) this.#client.end();
    };
    // Whatever else is asked for, a terminal or a forwarding, is refused by the library, because nobody listens for it.
    for (const event of [
      'pty',
      'x11',
      'auth-agent',
      'window-change',
      'signal',
      'subsystem',
      'sftp',
    ] as const) {
      session.on(event, (_accept: unknown, refuse: unknown) => {
        count();
        if (typeof refuse === 'function') refuse();
      });
    }
    session.on('env', (accept, refuse, { key, val }) => {
      count();
      if (key !== 'GIT_PROTOCOL' || val.length > LONGEST_PROTOCOL) return refuse?.();
      protocol = val;
      accept?.();
    });
    session.on('eof', () => exchange?.endInput());
    const begin = (accept: () => ServerChannel, command: string | null) => {
      exchange = this.#begin(accept(), { command, protocol });
    };
    session.on('shell', (accept, refuse) => (exchange === undefined ? begin(accept, null) : refuse()));
    session.on('exec', (accept, refuse, { command }) =>
      exchange === undefined ? begin(accept, command) : refuse(),
    );
  }

  get #caller(): Caller {
    const { proven } = this.#authentication;
    // Sessions are opened to clients that were let in, and only a proven key lets in.
    if (proven === undefined) throw new TypeError('No key was proven over this connection.');
    return { ...proven, address: this.#address, agent: this.#agent };
  }

  /** Runs what was asked for, and ends it with its exit code. */
  #begin(channel: ServerChannel, asked: Asked): Exchange {
    const exchange = new Exchange(channel, this.#outflow, this.#limits);
    this.#exchanges.add(exchange);
    const began = performance.now();
    const finish = async (status: number) => {
      this.#services.log.info({
        ssh: asked.command === null ? 'shell' : 'exec',
        status,
        address: this.#address,
        milliseconds: Math.round(performance.now() - began),
      });
      // A client that is cut off before it has closed takes the command for failed.
      await exchange.end(status);
      this.#exchanges.delete(exchange);
      if (this.#isStopping) this.stop();
    };
    void answer(this.#services, this.#caller, asked, exchange).then(finish);
    return exchange;
  }
}
