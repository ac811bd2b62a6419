import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Letter } from './outbox.ts';

const CONNECT_MS = 10_000;
const SILENT_MS = 30_000;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** Where messages go. */
export interface MailTransport {
  /**
   * Resolves when the message is handed over. Throws `Unreachable` when nothing can be handed over at present, another error when this message cannot.
   * @param signal ends it, as a server that cannot be reached would: one that takes long answers line by line, each in time
   */
  deliver(letter: Letter, signal: AbortSignal): Promise<void>;
}

/** No message can be handed over at present. */
export class Unreachable extends Error {}

export interface MailSettings {
  /** `smtp://user@host:587` or `smtps://…`; without, messages are written as files. */
  readonly smtpUrl: string | undefined;
  readonly smtpPassword: string | undefined;
  /** Address of the sender. */
  readonly from: string;
  /** Where the files go. */
  readonly folder: string;
}

export const mailTransport = (settings: MailSettings): MailTransport =>
  settings.smtpUrl === undefined ? new MailFolder(settings) : new SmtpTransport(settings, settings.smtpUrl);

/** Loaded with the first message: every verb of the command line would wait for it otherwise. */
const nodemailer = () => import('nodemailer');

/** Everything is said here, address by address, so that nothing in a message can add a header or a recipient. */
const asMail = (letter: Letter, from: string) => ({
  from: { name: 'Latchkey', address: from },
  to: { name: '', address: letter.to },
  envelope: { from, to: [letter.to] },
  subject: letter.subject,
  text: letter.text,
  date: new Date(letter.createdAt),
  // The same each time it is sent: whoever gets it twice can tell.
  messageId: `<${letter.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
  // RFC 3834: no answering machine answers, and no server takes it for a person's mail.
  headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  disableFileAccess: true,
  disableUrlAccess: true,
});

class SmtpTransport implements MailTransport {
  readonly #from: string;
  readonly #server;

  constructor({ from, smtpPassword }: MailSettings, url: string) {
    const { protocol, hostname, port, username, password } = new URL(url);
    const secure = protocol === 'smtps:';
    const pass = smtpPassword ?? decodeURIComponent(password);
    this.#from = from;
    this.#server = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      ...(username !== '' && { auth: { user: decodeURIComponent(username), pass } }),
      // A password never crosses a network in clear, whatever the server or somebody before it says.
      requireTLS: username !== '' && !secure && !LOOPBACK.test(hostname),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
    };
  }

  async deliver(letter: Letter, signal: AbortSignal): Promise<void> {
    const { createTransport } = await nodemailer();
    try {
      await createTransport(this.#server).sendMail({ ...asMail(letter, this.#from), signal });
    } catch (error) {
      throw isAboutMessage(error)
        ? error
        : new Unreachable(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

/** The server answered, and not about who we are but about this message or its recipient. */
const isAboutMessage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE');

/** Each message a file, which mail programs open. */
class MailFolder implements MailTransport {
  readonly #from: string;
  readonly #folder: string;

  constructor({ from, folder }: MailSettings) {
    this.#from = from;
    this.#folder = folder;
  }

  async deliver(letter: Letter): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    chmodSync(this.#folder, 0o700);
    const { createTransport } = await nodemailer();
    const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
    const { message } = await composer.sendMail(asMail(letter, this.#from));
    const moment = new Date(letter.createdAt).toISOString().replace(/[:.]/g, '-');
    // Named by the message: one that is written twice is one file.
    const path = join(this.#folder, `${moment}-${letter.id}.eml`);
    const beside = `${path}.${randomBytes(4).toString('hex')}`;
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(message as Buffer);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  }
}
