import { createServer, type Socket } from 'node:net';
import { atEndOfFile } from '../support/cleanup.ts';

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came, dot-stuffing undone. */
  readonly text: string;
}

export interface SmtpServer {
  readonly port: number;
  readonly received: Received[];
  /** Name and password of each sign-in, as they came. */
  readonly signIns: string[];
  /** Answers to give instead of taking a message, each once: `451 later` to MAIL, or `hang up` in the middle of DATA. */
  readonly failures: ('451 Try later' | '550 No such person' | 'hang up')[];
  close(): Promise<void>;
}

/** A mail server on loopback that speaks as much of RFC 5321 as a client needs, and takes everything. */
export async function startSmtpServer({ signIn = false } = {}): Promise<SmtpServer> {
  const received: Received[] = [];
  const signIns: string[] = [];
  const failures: SmtpServer['failures'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.setEncoding('utf8');
    let [from, to, data, waiting] = ['', [] as string[], null as string | null, ''];
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 test');
    const command = (line: string): void => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') say(signIn ? '250-test\r\n250 AUTH PLAIN' : '250 test');
      else if (verb === 'AUTH') {
        signIns.push(
          Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString()
            .replaceAll('\0', ' ')
            .trim(),
        );
        say('235 Welcome');
      } else if (verb === 'MAIL') {
        [from, to] = [line.slice(10), []];
        say(failures[0] === '451 Try later' ? (failures.shift() ?? '') : '250 ok');
      } else if (verb === 'RCPT') {
        to.push(line.slice(8));
        say(failures[0] === '550 No such person' ? (failures.shift() ?? '') : '250 ok');
      } else if (verb === 'DATA') {
        if (failures[0] === 'hang up') {
          failures.shift();
          socket.destroy();
          return;
        }
        data = '';
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say('250 ok');
    };
    socket.on('data', (chunk: string) => {
      waiting += chunk;
      for (let end = waiting.indexOf('\r\n'); end >= 0; end = waiting.indexOf('\r\n')) {
        const line = waiting.slice(0, end);
        waiting = waiting.slice(end + 2);
        if (data === null) command(line);
        else if (line === '.') {
          received.push({ from, to, text: data });
          data = null;
          say('250 taken');
        } else data += `${line.replace(/^\./, '')}\n`;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  atEndOfFile(close);
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    signIns,
    failures,
    close,
  };
}
