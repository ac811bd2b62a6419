import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { Problem } from '../../problem.ts';
import { readHeaderParameters } from './header-parameters.ts';

export interface FormField {
  readonly name: string;
  readonly value: string;
}

export interface FormFile {
  readonly name: string;
  /** As it was sent, slashes included: never a path of this host. Empty where its sender gave none. */
  readonly filename: string;
  /** Where its bytes lie until the request is over. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string;
  /** What Bitbucket Cloud takes for files that are executable or a link: `x-attributes` of the disposition, or a header of its own. */
  readonly attributes?: string;
}

/** What came as `multipart/form-data` (RFC 7578), in the order in which it came. Names may repeat. */
export interface MultipartForm {
  readonly fields: readonly FormField[];
  readonly files: readonly FormFile[];
}

const MOST_PARTS = 1000;
const MOST_HEADERS = 50;
const MOST_HEADER_BYTES = 16 * 1024;
const MOST_FIELD_BYTES = 1024 * 1024;
/** Of all values, and of the headers of all parts: what lies in memory. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024;
const BOUNDARY = /^[\x20-\x7e]{1,70}$/;
const PLAIN_ENCODINGS: readonly (string | undefined)[] = [undefined, '7bit', '8bit', 'binary'];

type PartHeaders = Readonly<Record<string, readonly string[]>>;

/**
 * Reads a form, each file of it into a file of its own in `folder`, which must be empty; they are not brought to the disk
 * yet. Takes the parts from the parser beneath busboy, which hands over their headers where busboy itself keeps them.
 *
 * @param contentType of the request, with the boundary
 * @param limit of the whole body, in bytes
 * @throws Problem for what is no form, or is too large; what `body` throws; what the file system says
 */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  {
    contentType,
    folder,
    limit,
  }: { readonly contentType: string; readonly folder: string; readonly limit: number },
): Promise<MultipartForm> {
  const form = new Reading(folder);
  const dicer = new Dicer({ boundary: boundaryIn(contentType), maxHeaderPairs: MOST_HEADERS });
  const complete = new Promise<void>((resolve, reject) => {
    dicer.on('finish', resolve).on('error', () => {
      reject(broken('it ends before its last boundary'));
    });
  });
  complete.catch(() => {});
  dicer.on('part', (part) => form.begin(part));
  let isComplete = false;
  let goOn = (): void => {};
  dicer.on('finish', () => {
    isComplete = true;
    goOn();
  });
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) throw bodyTooLarge(limit);
      if (isComplete) continue;
      // Until the parser takes more, so that files are written at the pace of the disk. Of the chunk in which it came to the
      // end it may never say that it took it.
      await new Promise<void>((resolve) => {
        goOn = resolve;
        dicer.write(chunk, () => resolve());
      });
      form.throwFailure();
    }
    if (!isComplete) dicer.end();
    await complete;
    return await form.finish();
  } catch (error) {
    await form.abandon();
    throw error;
  }
}

/** For a body that is, or says that it is, longer than `limit` bytes. */
export const bodyTooLarge = (limit: number): Problem =>
  new Problem(
    'too_large',
    `The request is larger than ${limit} bytes, the most that this host takes in one.`,
  );

const broken = (what: string): Problem =>
  new Problem('invalid', `The body cannot be read as multipart/form-data: ${what}.`);

function boundaryIn(contentType: string): string {
  const boundary = readHeaderParameters(contentType)?.parameters.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) throw broken('its Content-Type names no boundary of 1 to 70 characters');
  return boundary;
}

/** A form on its way. Parts are taken one after the other, however many a chunk held, so that one file is open at a time. */
class Reading {
  readonly #folder: string;
  readonly #fields: FormField[] = [];
  readonly #files: FormFile[] = [];
  readonly #waiting = new Set<Readable>();
  #taking: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #begun = 0;
  #headed = 0;
  #textBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  begin(part: Readable): void {
    this.#begun += 1;
    // What is wrong with the body is told by the parser, too.
    part.on('error', () => {});
    part.once('header', (headers: PartHeaders) => {
      this.#headed += 1;
      this.#waiting.add(part);
      this.#taking = this.#taking.then(() => this.#takeOrDrop(part, headers));
    });
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Once the parser has come to the last boundary. */
  async finish(): Promise<MultipartForm> {
    await this.#taking;
    this.throwFailure();
    if (this.#headed < this.#begun) throw broken('a part of it has no end of its headers');
    return { fields: this.#fields, files: this.#files };
  }

  /** No more of it will come. Closes the file that is open. */
  async abandon(): Promise<void> {
    for (const part of this.#waiting) part.destroy();
    await this.#taking;
  }

  /** Never throws. */
  async #takeOrDrop(part: Readable, headers: PartHeaders): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#take(part, headers);
    } catch (error) {
      this.#failure ??= { error };
    }
    // A part that nobody reads would keep the parser waiting.
    part.resume();
    this.#waiting.delete(part);
  }

  async #take(part: Readable, headers: PartHeaders): Promise<void> {
    if (this.#begun > MOST_PARTS)
      throw new Problem(
        'too_large',
        `The form has more than ${MOST_PARTS} parts; send it in several requests.`,
      );
    this.#countText(lengthOf(headers));
    const { name, filename, attributes } = described(headers);
    if (filename === undefined) {
      this.#fields.push({ name, value: await this.#readValue(name, part) });
    } else {
      const path = join(this.#folder, String(this.#files.length));
      const file = { name, filename, path, ...(await written(path, part)) };
      this.#files.push(attributes === undefined ? file : { ...file, attributes });
    }
  }

  async #readValue(name: string, part: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    await forEachChunk(part, (chunk) => {
      size += chunk.length;
      if (size > MOST_FIELD_BYTES) {
        throw new Problem(
          'too_large',
          `The field ${JSON.stringify(name)} is longer than ${MOST_FIELD_BYTES} bytes; send it as a file.`,
        );
      }
      this.#countText(chunk.length);
      chunks.push(chunk);
    });
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    } catch {
      throw broken(`its field ${JSON.stringify(name)} is not UTF-8`);
    }
  }

  #countText(bytes: number): void {
    this.#textBytes += bytes;
    if (this.#textBytes > MOST_TEXT_BYTES) {
      throw new Problem(
        'too_large',
        `The fields of the form are longer than ${MOST_TEXT_BYTES} bytes together; send what is long as files.`,
      );
    }
  }
}

/** Also what the parser cut off comes to more than that: it keeps 80 KiB of the headers of a part. */
function lengthOf(headers: PartHeaders): number {
  const length = Object.entries(headers).flat(2).join('').length;
  const count = Object.values(headers).flat().length;
  if (length > MOST_HEADER_BYTES || count >= MOST_HEADERS) {
    throw new Problem(
      'too_large',
      `A part of the form has more than ${MOST_HEADER_BYTES} bytes or ${MOST_HEADERS - 1} lines of headers.`,
    );
  }
  return length;
}

/** A file is what has a file name, were it an empty one. */
function described(headers: PartHeaders): {
  readonly name: string;
  readonly filename: string | undefined;
  readonly attributes: string | undefined;
} {
  const [disposition = ''] = headers['content-disposition'] ?? [];
  const { value, parameters } = readHeaderParameters(disposition) ?? {};
  const name = value === 'attachment' ? identified(headers) : parameters?.get('name');
  if ((value !== 'form-data' && value !== 'attachment') || name === undefined)
    throw broken('each part needs a header "Content-Disposition: form-data" with a name in UTF-8');
  const encoding = headers['content-transfer-encoding']?.[0]?.trim().toLowerCase();
  if (!PLAIN_ENCODINGS.includes(encoding))
    throw broken('a part of it has a Content-Transfer-Encoding, and bytes are sent as they are');
  const filename = parameters?.get('filename');
  return {
    name: unescaped(name),
    filename: filename === undefined ? undefined : unescaped(filename),
    attributes: parameters?.get('x-attributes') ?? headers['x-attributes']?.[0]?.trim(),
  };
}

/** An attachment, as programs that write mail make them, is named by its id (RFC 2392): `"path/of/it"` or `<path/of/it>`. */
const identified = (headers: PartHeaders): string | undefined =>
  /^\s*["<]?([^"<>]+)[">]?\s*$/.exec(Buffer.from(headers['content-id']?.[0] ?? '', 'latin1').toString())?.[1];

/** As browsers and curl write what cannot stand between quotation marks (HTML, "multipart/form-data encoding algorithm"). */
const unescaped = (text: string): string =>
  text.replaceAll('%22', '"').replaceAll(/%0D/gi, '\r').replaceAll(/%0A/gi, '\n');

async function written(
  path: string,
  part: Readable,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    await forEachChunk(part, async (chunk) => {
      hash.update(chunk);
      await file.writeFile(chunk);
      size += chunk.length;
    });
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** Reads a part to its end, also where `take` throws on the way: a part that is left half read would stop the parser. */
async function forEachChunk(part: Readable, take: (chunk: Buffer) => unknown): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  for await (const chunk of part) {
    if (failure !== undefined) continue;
    try {
      await take(chunk);
    } catch (error) {
      failure = { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
