import { join } from 'node:path';
import { createRepository } from '../create.ts';
import { writingHandle, type WritableRepositoryHandle } from '../handle.ts';
import { ObjectReader } from '../object-reader.ts';
import { gitEnd, runGitChecked, type GitChild } from '../process.ts';
import { GitFailed } from '../process-error.ts';
import { advertiseReceivePack } from '../receive-pack.ts';
import { RepositoryRefs } from '../snapshot/repository-refs.ts';
import { advertiseUploadPack, startUploadPack } from '../upload-pack.ts';
import { advertise, type AdvertisementShape, type Service } from './advertisement.ts';
import { answerListRefs } from './ls-refs.ts';
import { encodePacket, delimiterPacket, flushPacket, PacketDecoder } from '../pkt-line.ts';
import type { ObjectFormat } from '../object-id.ts';

/** What the installed Git says about itself in repositories of one object format. */
export interface Spoken {
  /** All of what version 2 begins with. */
  readonly capabilities: Buffer;
  /** The names and values in it, such as `agent=git/2.50`, `ls-refs=unborn`, `server-option`. */
  readonly offered: readonly string[];
  readonly shapes: Readonly<Record<Service, Readonly<Record<0 | 1, AdvertisementShape>>>>;
}

/** Git answers differently from us, so nothing is answered for it. */
class SpeaksOtherwise extends Error {
  override readonly name = 'SpeaksOtherwise';
}

const SERVICES: readonly Service[] = ['git-upload-pack', 'git-receive-pack'];
const HEAD_BRANCH = 'refs/heads/main';
const SYMREF = ` symref=HEAD:${HEAD_BRANCH}`;
const NOBODY = 'Nobody <nobody@localhost> 1700000000 +0000';

/**
 * Asks the installed Git about an empty repository and about one with every kind of ref, and holds our own answers about
 * the second against its. Throws `SpeaksOtherwise` where they differ, and whatever Git fails with.
 */
export async function learn(folder: string, format: ObjectFormat): Promise<Spoken> {
  const empty = placeAt(join(folder, 'empty.git'));
  const full = placeAt(join(folder, 'full.git'));
  await createRepository(empty.path, { format });
  await createRepository(full.path, { format });
  await fill(full);
  const capabilities = await outputOf(advertiseUploadPack(full, { version: 2, signal }));
  const shapes = {
    'git-upload-pack': await shapesOf('git-upload-pack', empty, full),
    'git-receive-pack': await shapesOf('git-receive-pack', empty, full),
  };
  const spoken = { capabilities, offered: linesOf(capabilities), shapes };
  await compare(full, format, spoken);
  return spoken;
}

const { signal } = new AbortController();
/** Ours alone, and gone when it has been learned from: no grant is needed, since nobody is given any of it. */
const placeAt = (path: string) => writingHandle('', 'repository', path);

async function fill(place: WritableRepositoryHandle): Promise<void> {
  const write = async (type: string, text: string): Promise<string> => {
    const written = await runGitChecked(place, ['hash-object', '-w', '-t', type, '--stdin'], { input: text });
    return written.toString('latin1').trim();
  };
  const tree = await write('tree', '');
  const commit = await write('commit', `tree ${tree}\nauthor ${NOBODY}\ncommitter ${NOBODY}\n\nlearn\n`);
  const tagOf = (id: string, type: string) =>
    write('tag', `object ${id}\ntype ${type}\ntag t\ntagger ${NOBODY}\n\nlearn\n`);
  const tag = await tagOf(commit, 'commit');
  const outer = await tagOf(tag, 'tag');
  const refs = { [HEAD_BRANCH]: commit, 'refs/notes/n': tree, 'refs/tags/one': tag, 'refs/tags/two': outer };
  const input = Object.entries(refs).map(([name, id]) => `create ${name}\0${id}\0`);
  await runGitChecked(place, ['update-ref', '-z', '--stdin'], { input: input.join('') });
  await runGitChecked(place, ['symbolic-ref', 'refs/heads/alias', HEAD_BRANCH]);
}

async function shapesOf(
  service: Service,
  empty: WritableRepositoryHandle,
  full: WritableRepositoryHandle,
): Promise<Record<0 | 1, AdvertisementShape>> {
  const shape = async (version: 0 | 1): Promise<AdvertisementShape> => {
    const answer = (await ask(service, full, version)).toString('latin1');
    const [, start, line = ''] =
      /^((?:[0-9a-f]{4}version 1\n)?)[0-9a-f]{4}[0-9a-f]+ [^\0]+\0([^\n]*)\n/s.exec(answer) ?? [];
    if (start === undefined) throw new SpeaksOtherwise(`${service} lists refs in a way that is new to us.`);
    const [before = '', after = '', ...more] = line.split(SYMREF);
    if (more.length > 0) throw new SpeaksOtherwise(`${service} names HEAD more than once.`);
    return {
      start: Buffer.from(start, 'latin1'),
      empty: await ask(service, empty, version),
      capabilities: [before, after],
    };
  };
  return { 0: await shape(0), 1: await shape(1) };
}

function ask(service: Service, place: WritableRepositoryHandle, version: 0 | 1): Promise<Buffer> {
  const begin = service === 'git-upload-pack' ? advertiseUploadPack : advertiseReceivePack;
  return outputOf(begin(place, { version, signal }));
}

async function outputOf(child: GitChild): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  const { code, stderr } = await gitEnd(child);
  if (code !== 0) throw new GitFailed('upload-pack', code, stderr);
  return Buffer.concat(chunks);
}

function linesOf(advertised: Buffer): string[] {
  const decoder = new PacketDecoder();
  decoder.push(advertised);
  const lines: string[] = [];
  for (let packet = decoder.next(); packet?.kind === 'data'; packet = decoder.next()) {
    lines.push(packet.payload.toString('latin1').replace(/\n$/, ''));
  }
  return lines;
}

async function compare(place: WritableRepositoryHandle, format: ObjectFormat, spoken: Spoken): Promise<void> {
  const reader = new ObjectReader();
  try {
    const snapshot = await new RepositoryRefs(place, reader, Date.now).read();
    for (const service of SERVICES) {
      for (const version of [0, 1] as const) {
        const ours = await advertise(service, version, snapshot, spoken.shapes[service][version]);
        if (!ours.equals(await ask(service, place, version))) {
          throw new SpeaksOtherwise(`${service} lists refs otherwise than we do in version ${version}.`);
        }
      }
    }
    const child = startUploadPack(place, { version: 2, signal });
    const request = ['command=ls-refs', `object-format=${format}`].map((line) => encodePacket(line));
    const args = ['peel', 'symrefs'].map((line) => encodePacket(line));
    child.stdin.end(Buffer.concat([...request, delimiterPacket, ...args, flushPacket]));
    const wanted = { peel: true, symrefs: true, unborn: false, prefixes: [] };
    if (!(await answerListRefs(snapshot, wanted)).equals(await outputOf(child))) {
      throw new SpeaksOtherwise('ls-refs is answered otherwise than we do.');
    }
  } finally {
    reader.close();
  }
}
