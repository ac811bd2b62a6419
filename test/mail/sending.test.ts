import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { changePassword } from '../../src/acts/accounts/password.ts';
import { sendDueMail } from '../../src/acts/mail/send.ts';
import { enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { startHousekeeping } from '../../src/housekeeping.ts';
import { mailTransport, postMessage, settleMessage, takeMessage, Unreachable } from '../../src/mail/index.ts';
import type { Services } from '../../src/services.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { startServer } from '../support/server.ts';
import { world } from '../support/world.ts';
import { startSmtpServer, type SmtpServer } from './smtp-server.ts';

const MINUTE = 60_000;
const NEVER = new AbortController().signal;

describe.each(['sqlite', 'postgres'] as const)('the outbox on %s', (kind) => {
  const withSmtp = async () => {
    const host = await openHost(kind);
    const smtp = await startSmtpServer();
    const services: Services = {
      ...host.services,
      mail: transportTo(smtp),
      log: pino({ level: 'silent' }),
    };
    const post = (to = 'ada@example.org') =>
      host.services.database
        .transaction()
        .execute((trx) =>
          postMessage(
            trx,
            services,
            to,
            'password reset',
            { username: 'ada', link: 'https://git.example.org/x#SECRET', minutes: 30 },
            host.now,
            host.now + 30 * MINUTE,
          ),
        );
    return { host, smtp, post, send: () => sendAll(services), waiting: () => waiting(host) };
  };

  it('holds nothing of a transaction that was rolled back, and no text in clear', async () => {
    const { host, post, waiting } = await withSmtp();
    await expect(
      host.services.database.transaction().execute(async (trx) => {
        const facts = { username: 'ada', at: 0, place: { address: null } };
        await postMessage(trx, host.services, 'ada@example.org', 'password changed', facts, host.now);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await waiting()).toEqual([]);
    await post();
    expect(JSON.stringify(await waiting())).not.toMatch(/SECRET|ada@|password/);
    await post('two@example.org,three@example.org');
    expect(await waiting()).toHaveLength(1);
  });

  it('sends each message once, to its one recipient', async () => {
    const { smtp, post, send, waiting } = await withSmtp();
    await post();
    await post('eve@example.org');
    expect(await send()).toBe(true);
    expect(smtp.received.map(({ to }) => to.join(' ')).toSorted()).toEqual([
      '<ada@example.org>',
      '<eve@example.org>',
    ]);
    expect(smtp.received[0]?.text).toContain('Subject: Choose a new password at localhost:7990');
    expect(await waiting()).toEqual([]);
    await send();
    expect(smtp.received).toHaveLength(2);
  });

  it.each(['451 Try later', '550 No such person', 'hang up'] as const)(
    'keeps what failed (%s) and tries again, later each time',
    async (failure) => {
      const { host, smtp, post, send, waiting } = await withSmtp();
      await post();
      smtp.failures.push(failure, failure);
      await send();
      await send();
      expect(smtp.failures).toHaveLength(1);
      expect(await waiting()).toMatchObject([{ attempts: 1, next_at: host.now + MINUTE }]);
      host.now += MINUTE;
      await send();
      expect(await waiting()).toMatchObject([{ attempts: 2, next_at: host.now + 5 * MINUTE }]);
      expect(smtp.received).toEqual([]);
      host.now += 5 * MINUTE;
      await send();
      expect(smtp.received).toHaveLength(1);
      expect(await waiting()).toEqual([]);
    },
  );

  it('one that cannot be delivered does not hold up the others', async () => {
    const { smtp, post, send, waiting } = await withSmtp();
    await post();
    await post();
    smtp.failures.push('550 No such person');
    expect(await send()).toBe(true);
    expect(smtp.received).toHaveLength(1);
    expect(await waiting()).toHaveLength(1);
  });

  it('waits when nobody answers, and says so', async () => {
    const { smtp, post, send, waiting } = await withSmtp();
    await post();
    await post();
    await smtp.close();
    expect(await send()).toBe(false);
    expect((await waiting()).reduce((tries, { attempts }) => tries + attempts, 0)).toBe(1);
  });

  it('is left as it is where the host stops: the message under way ends, and no other is begun', async () => {
    const { host, post, waiting } = await withSmtp();
    for (let count = 0; count < 4; count += 1) await post();
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const deliver = async () => {
      begun.resolve();
      await ended.promise;
    };
    const keeping = await startHousekeeping({ ...host.services, mail: { deliver } });
    await begun.promise;
    const stopped = keeping.stop();
    ended.resolve();
    await stopped;
    expect((await waiting()).map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
  });

  it('keeps the message that a stop ended, for the next start', async () => {
    const { host, post, waiting } = await withSmtp();
    await post();
    const begun = Promise.withResolvers<AbortSignal>();
    const deliver = async (_letter: unknown, signal: AbortSignal) => {
      begun.resolve(signal);
      await once(signal, 'abort');
      throw new Unreachable('ended');
    };
    const log = pino({ level: 'silent' });
    const keeping = await startHousekeeping({ ...host.services, log, mail: { deliver } });
    const signal = await begun.promise;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stopped = keeping.stop();
    vi.advanceTimersByTime(20_000);
    vi.useRealTimers();
    await stopped;
    expect(signal.aborted).toBe(true);
    expect((await waiting()).map(({ attempts }) => attempts)).toEqual([1]);
  });

  it('gives up after days, and on a link that has expired', async () => {
    const { host, smtp, post, send, waiting } = await withSmtp();
    await post();
    host.now += 31 * MINUTE;
    await send();
    expect([smtp.received.length, await waiting()]).toEqual([0, []]);
    const facts = { username: 'ada', at: 0, place: { address: null } };
    await postMessage(host.services.database, host.services, 'a@b', 'password changed', facts, host.now);
    for (let round = 0; round < 12; round += 1) {
      smtp.failures.splice(0, 9, '451 Try later');
      await send();
      host.now += 36 * 60 * MINUTE;
    }
    expect([smtp.received.length, await waiting()]).toEqual([0, []]);
  });

  it('comes up again when whoever took it ended, and two who take at once get it once', async () => {
    const { host, post } = await withSmtp();
    const { database, seals } = host.services;
    await post();
    const taken = await Promise.all([1, 2, 3].map(() => takeMessage(database, seals, host.now)));
    expect(taken.filter((letter) => letter !== undefined)).toHaveLength(1);
    // Ended by kill -9 before or after it was sent: nothing was settled.
    expect(await takeMessage(database, seals, host.now + MINUTE - 1)).toBeUndefined();
    const again = await takeMessage(database, seals, host.now + MINUTE);
    expect(again).toMatchObject({ to: 'ada@example.org' });
    expect(again?.id).toBe(taken.find((letter) => letter !== undefined)?.id);
    await settleMessage(database, again?.id ?? '');
    expect(await waiting(host)).toEqual([]);
  });

  it('tells of a changed password, in the transaction of the change', async () => {
    const { host, smtp, send } = await withSmtp();
    await host.person('ada');
    const grant = await enterAsOperator(host.services, 'account.password', [
      { type: 'account', account: 'ada' },
    ]);
    await changePassword(host.services, grant, { current: '', next: 'a long new password' });
    await send();
    expect(smtp.received[0]?.to).toEqual(['<ada@example.org>']);
    expect(smtp.received[0]?.text).not.toContain('a long new password');
  });
});

it('a mail server that has not taken a message is left when that is to end', async () => {
  const left = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('close', () => left.resolve())
      .resume();
    socket.write('220 test\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = new AbortController();
  const { port } = server.address() as AddressInfo;
  const letter = { id: 'x', to: 'ada@example.org', subject: 'x', text: 'x', createdAt: 0 };
  const delivered = transportTo({ port }).deliver(letter, end.signal);
  await once(server, 'connection');
  end.abort();
  await expect(delivered).rejects.toThrow(Unreachable);
  await left.promise;
  server.close();
});

it('a password for the mail server is sent to it, and is refused on a command line', async () => {
  const smtp = await startSmtpServer({ signIn: true });
  const host = await openHost();
  const services = { ...host.services, mail: transportTo(smtp, 'latchkey@', 'a mail secret') };
  const facts = { username: 'ada', at: 0, place: { address: null } };
  await postMessage(host.services.database, services, 'a@b', 'password changed', facts, host.now);
  await sendAll(services);
  expect(smtp.signIns).toEqual(['latchkey a mail secret']);
});

it('a running host sends by SMTP; what the command line wrote while it was down goes out at the start', {
  timeout: 60_000,
}, async () => {
  const smtp = await startSmtpServer();
  const server = await startServer({
    environment: { LATCHKEY_SMTP_URL: `smtp://127.0.0.1:${smtp.port}`, LATCHKEY_MAIL_FROM: 'k@example.org' },
  });
  const make = world(server);
  await make.account('ada');
  await server.kill();
  await make.do(['user', 'password', 'ada', '--password-stdin'], 'another long password\n');
  expect(smtp.received).toEqual([]);
  await server.restart();
  await expect.poll(() => smtp.received.length, { timeout: 20_000 }).toBe(1);
  expect(smtp.received[0]).toMatchObject({ from: '<k@example.org>', to: [`<ada@example.org>`] });

  const refused = await server.cli(['serve', '--smtp-url', 'smtp://me:secret@mail.example.org']);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('LATCHKEY_SMTP_PASSWORD');
  expect(refused.stderr).not.toContain('secret@');
});

it('without a mail server each message is a file in the data folder', async () => {
  const host = await openHost();
  const facts = { username: 'ada', at: host.now, place: { address: null } };
  await postMessage(host.services.database, host.services, 'a@b', 'password changed', facts, host.now);
  await sendAll(host.services);
  const folder = join(host.data, 'mail');
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  const text = readFileSync(join(folder, files[0] ?? ''), 'utf8');
  expect(text).toMatch(/^To: a@b$/m);
  expect(text).toContain('was changed');
});

const transportTo = ({ port }: Pick<SmtpServer, 'port'>, user = '', smtpPassword?: string) =>
  mailTransport({
    smtpUrl: `smtp://${user}127.0.0.1:${port}`,
    smtpPassword,
    from: 'latchkey@example.org',
    folder: '/nowhere',
  });

const sendAll = async (services: Services): Promise<boolean> =>
  sendDueMail(services, await enterAsJob(services, 'mail', 'mail.send', [{ type: 'host' }]), {
    stopping: NEVER,
    stopped: NEVER,
  });

const waiting = (host: TestHost) => host.services.database.selectFrom('mail').selectAll().execute();
