import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests that a server is answering, and the connections that are open for more. */
export class RunningRequests {
  readonly #connections = new Set<Socket>();
  readonly #answers = new Map<ServerResponse, Socket>();

  constructor(server: Server) {
    server.on('connection', (connection: Socket) => {
      this.#connections.add(connection);
      connection.once('close', () => this.#connections.delete(connection));
    });
    server.on('request', ({ socket }, answer) => {
      this.#answers.set(answer, socket);
      answer.once('close', () => this.#answers.delete(answer));
    });
  }

  get count(): number {
    return this.#answers.size;
  }

  /**
   * Ends every connection with its last answer, and those without a request now. `closeIdleConnections()` looks only once, and
   * takes a connection that has sent nothing yet for one with a request.
   */
  endConnections(): void {
    for (const [answer, connection] of this.#answers) {
      // Whoever is told so sends nothing more on this connection.
      if (!answer.headersSent) answer.setHeader('Connection', 'close');
      answer.once('close', () => connection.destroySoon());
    }
    const busy = new Set([...this.#answers.values()].map(peerOf));
    for (const connection of this.#connections) {
      if (!busy.has(peerOf(connection))) connection.destroySoon();
    }
  }
}

/** With TLS, a request comes through another socket than the one that was accepted. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
