import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Services } from '../../services.ts';
import { ClientConnection } from './connection.ts';
import type { Limits } from './limits.ts';

export { limitsOfOne } from './limits.ts';

export interface SshDoor {
  /** Throws what the system says where the address cannot be taken. */
  listen(host: string, port: number): Promise<void>;
  /** Takes no new connections and lets running commands finish. */
  stop(): Promise<void>;
  closeAllConnections(): void;
  /** How many are open. */
  readonly connections: number;
}

/**
 * Clients choose the first of their own list that is here, so what is slower in this process or weak is left out: ChaCha20
 * takes twice the time of AES-GCM, which every client has, and large Diffie-Hellman groups let strangers keep the
 * process busy.
 */
const ALGORITHMS: ssh2.Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
  ],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

/** A client that is no longer there is noticed after as many of these. */
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVE_COUNT = 4;

/** Git over SSH (RFC 4251 to 4254), in this process; null where it is switched off. */
export function openSshDoor(services: Services, limits: Limits): SshDoor | null {
  const hostKey = services.ssh?.hostKey ?? null;
  return hostKey === null ? null : new Door(services, hostKey.privateKey, limits);
}

class Door implements SshDoor {
  readonly #limits: Limits;
  readonly #listener: NetServer;
  readonly #protocol: ssh2.Server;
  /** Of a client that has not said its version yet, nothing but the socket is known. */
  readonly #connections = new Map<Socket, ClientConnection | null>();
  #isStopping = false;

  constructor(services: Services, hostKey: string, limits: Limits) {
    this.#limits = limits;
    this.#protocol = new ssh2.Server({
      hostKeys: [hostKey],
      algorithms: ALGORITHMS,
      ident: 'Latchkey',
      keepaliveInterval: KEEP_ALIVE_MS,
      keepaliveCountMax: KEEP_ALIVE_COUNT,
    });
    this.#protocol.on('connection', (client, { ip, port, header }) => {
      for (const socket of this.#connections.keys()) {
        if (socket.remotePort !== port || socket.remoteAddress !== ip) continue;
        this.#connections.set(
          socket,
          new ClientConnection(services, limits, socket, client, header.versions.software),
        );
        return;
      }
      client.end();
    });
    // Without it every answer waits for the client to confirm the one before.
    this.#listener = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(host: string, port: number): Promise<void> {
    this.#listener.listen(port, host);
    await once(this.#listener, 'listening');
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const [socket, connection] of this.#connections) {
      if (connection === null) socket.destroy();
      else connection.stop();
    }
    await closed;
  }

  get connections(): number {
    return this.#connections.size;
  }

  closeAllConnections(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {});
    if (this.#isStopping || this.#isFull(socket.remoteAddress)) {
      // Lines before the version are allowed (RFC 4253 §4.2); clients show them when they are asked to be verbose.
      socket.write('Too many connections; try again later.\r\n');
      socket.destroySoon();
      return;
    }
    this.#connections.set(socket, null);
    const isTooLate = setTimeout(() => {
      if (!this.#isProven(socket)) socket.destroy();
    }, this.#limits.proofMs);
    socket.once('close', () => {
      clearTimeout(isTooLate);
      this.#connections.delete(socket);
    });
    this.#protocol.injectSocket(socket);
  }

  #isProven(socket: Socket): boolean {
    return this.#connections.get(socket)?.isProven === true;
  }

  #isFull(address: string | undefined): boolean {
    const { connections, unproven, unprovenOfOneAddress } = this.#limits;
    const waiting = [...this.#connections.keys()].filter((socket) => !this.#isProven(socket));
    return (
      this.#connections.size >= connections ||
      waiting.length >= unproven ||
      waiting.filter(({ remoteAddress }) => remoteAddress === address).length >= unprovenOfOneAddress
    );
  }
}
