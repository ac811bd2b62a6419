import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What Node's server notes at a connection: the answer that it is for at present. Not public, and depended on by many. */
interface Connection extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * The requests that a server is answering, and the connections that are open for more. It looks when it is asked, and does
 * nothing at a request: to follow each until its answer is closed costs an eighth of a short one.
 */
export class RunningRequests {
  readonly #connections = new Set<Connection>();

  constructor(server: Server) {
    const note = (connection: Connection) => {
      this.#connections.add(connection);
      connection.once('close', () => this.#connections.delete(connection));
    };
    server.on('connection', note);
    // With TLS, a request comes through another socket than the one that was accepted.
    server.on('secureConnection', note);
  }

  get count(): number {
    return this.#answers().length;
  }

  /**
   * Ends every connection with its last answer, and those without a request now. `closeIdleConnections()` looks only once, and
   * takes a connection that has sent nothing yet for one with a request.
   */
  endConnections(): void {
    const answers = this.#answers();
    for (const { answer, connection } of answers) {
      // Whoever is told so sends nothing more on this connection.
      if (!answer.headersSent) answer.setHeader('Connection', 'close');
      answer.once('close', () => connection.destroySoon());
    }
    const busy = new Set(answers.map(({ connection }) => peerOf(connection)));
    for (const connection of this.#connections) {
      if (!busy.has(peerOf(connection))) connection.destroySoon();
    }
  }

  #answers(): { readonly answer: ServerResponse; readonly connection: Socket }[] {
    return [...this.#connections].flatMap((connection) => {
      const { _httpMessage: answer } = connection;
      return answer ? [{ answer, connection }] : [];
    });
  }
}

/** The same for the socket that was accepted and the one with TLS upon it. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
