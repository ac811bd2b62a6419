import { answerBatch, MOST_OBJECTS, type LfsAnswer, type LfsObject } from '../../acts/lfs/batch.ts';
import { viewLfsContent } from '../../acts/lfs/download.ts';
import {
  isOwnLock,
  Locked,
  lockLfsFile,
  unlockLfsFile,
  viewLfsLocks,
  type LfsLock,
} from '../../acts/lfs/locks.ts';
import {
  encodeBytes,
  encodeCapabilities,
  encodeReply,
  LfsReader,
  type LfsReply,
  type LfsRequest,
} from '../../acts/lfs/packets.ts';
import { takeLfsObject, verifyLfsObject } from '../../acts/lfs/upload.ts';
import { claim, enterFurther } from '../../entry/index.ts';
import type { Grant, OperationName } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { lfsReplyTo } from './lfs-refusals.ts';
import type { ClientSide } from './run-command.ts';

type LfsGrant = Grant<'lfs.download'> | Grant<'lfs.upload'>;

/**
 * Git LFS over SSH, as git-lfs 3.0 and newer speak it (docs/proposals/ssh_adapter.md there): requests and answers in
 * packets, until the client quits. Each request is decided anew, and nothing that opens files is handed out.
 */
export async function converseLfs(services: Services, grant: LfsGrant, client: ClientSide): Promise<void> {
  const reader = new LfsReader(client.body());
  const conversation = new Conversation(services, grant, reader, client);
  await client.write(encodeCapabilities(['version=1', 'locking']));
  for (;;) {
    const request = await reader.request();
    if (request === undefined) return;
    const reply = await conversation.answer(request);
    // What was refused in the middle is read to its end, so that the next request is seen where it begins.
    await reader.skip();
    if (reply !== null) await client.write(encodeReply(reply));
    if (request.command === 'quit') return;
  }
}

/** What can be asked for in a conversation that goes this way. Anything else is refused. */
const COMMANDS: Readonly<Record<'lfs.download' | 'lfs.upload', readonly string[]>> = {
  'lfs.download': ['version', 'batch', 'get-object', 'list-lock', 'list-locks', 'quit'],
  'lfs.upload': [
    'version',
    'batch',
    'put-object',
    'verify-object',
    'lock',
    'unlock',
    'list-lock',
    'list-locks',
    'quit',
  ],
};

class Conversation {
  readonly #services: Services;
  readonly #grant: LfsGrant;
  readonly #reader: LfsReader;
  readonly #client: ClientSide;

  constructor(services: Services, grant: LfsGrant, reader: LfsReader, client: ClientSide) {
    this.#services = services;
    this.#grant = grant;
    this.#reader = reader;
    this.#client = client;
  }

  /** Null where the answer was sent already. Throws what ends the conversation. */
  async answer(request: LfsRequest): Promise<LfsReply | null> {
    try {
      return await this.#perform(request);
    } catch (error) {
      return lfsReplyTo(error, this.#services);
    }
  }

  #perform(request: LfsRequest): Promise<LfsReply | null> | LfsReply {
    if (!COMMANDS[this.#grant.operation].includes(request.command))
      throw new Problem('invalid', `"${request.command}" cannot be asked for in this conversation.`);
    switch (request.command) {
      case 'version':
        return request.words[0] === '1'
          ? { status: 200 }
          : { status: 400, lines: ['This host speaks version 1.'] };
      case 'batch':
        return this.#batch(request);
      case 'get-object':
        return this.#get(request);
      case 'put-object':
        return this.#put(request);
      case 'verify-object':
        return this.#verify(request);
      case 'lock':
        return this.#lock(request);
      case 'unlock':
        return this.#unlock(request);
      // By this name git-lfs 3.3 asks.
      case 'list-locks':
      case 'list-lock':
        return this.#listLocks(request);
      default:
        return { status: 200 };
    }
  }

  /** Decided anew: what was true when the conversation began may be so no more. */
  #enter<Op extends OperationName>(operation: Op): Promise<Grant<Op>> {
    const [{ id }] = this.#grant.targets;
    return enterFurther(this.#services, this.#grant, operation, [
      { type: 'repository', workspace: '{}', repository: `{${id}}` },
    ]);
  }

  async #batch({ given, hasMore }: LfsRequest): Promise<LfsReply> {
    const lines = hasMore ? await this.#reader.lines(MOST_OBJECTS) : [];
    const algorithm = given.get('hash-algo') ?? 'sha256';
    if (algorithm !== 'sha256') throw new Problem('conflict', 'Files are named by sha256 alone here.');
    const objects = lines.map(objectIn);
    const uploads = this.#grant.operation === 'lfs.upload';
    const grant = uploads ? await this.#enter('lfs.upload') : await this.#enter('lfs.download');
    const answers = await answerBatch(this.#services, grant, objects);
    // There is no way to say it of one file. One to fetch is offered all the same: asked for, it is told that it is not here,
    // where "noop" would have its client go on without it and without a word.
    const refused = answers.find((each) => each.outcome === 'refused');
    if (uploads && refused?.outcome === 'refused')
      return { status: refused.status, lines: [`${refused.oid}: ${refused.reason}`] };
    const action = uploads ? 'upload' : 'download';
    return { status: 200, given: ['hash-algo=sha256'], lines: answers.map((each) => offered(each, action)) };
  }

  async #get({ words: [oid = ''] }: LfsRequest): Promise<null> {
    const grant = await this.#enter('lfs.download');
    const { size, bytes } = await viewLfsContent(this.#services, grant, oid);
    await claim(this.#services, grant);
    for await (const piece of encodeBytes({ status: 200, given: [`size=${size}`] }, bytes(0, size)))
      await this.#client.write(piece);
    return null;
  }

  async #put({ words: [oid = ''], given, hasMore }: LfsRequest): Promise<LfsReply> {
    const size = sizeIn(given);
    if (!hasMore) throw new Problem('invalid', 'The bytes of the file are missing.');
    const grant = await this.#enter('lfs.upload');
    await takeLfsObject(this.#services, grant, {
      oid,
      size,
      body: this.#reader.bytes(),
      decideAgain: async () => claim(this.#services, await this.#enter('lfs.upload')),
    });
    return { status: 200 };
  }

  async #verify({ words: [oid = ''], given }: LfsRequest): Promise<LfsReply> {
    const grant = await this.#enter('lfs.upload');
    await verifyLfsObject(this.#services, grant, { oid, size: sizeIn(given) });
    return { status: 200 };
  }

  async #lock({ given }: LfsRequest): Promise<LfsReply> {
    const grant = await this.#enter('lfs_lock.change');
    await claim(this.#services, grant);
    try {
      const lock = await lockLfsFile(this.#services, grant, given.get('path') ?? '');
      return { status: 201, given: argumentsOf(lock) };
    } catch (error) {
      if (!(error instanceof Locked)) throw error;
      return { status: 409, given: argumentsOf(error.lock), lines: [error.message] };
    }
  }

  async #unlock({ words: [id = ''], given }: LfsRequest): Promise<LfsReply> {
    const grant = await this.#enter('lfs_lock.change');
    const force = given.has('force') && given.get('force') !== 'false';
    await claim(this.#services, grant);
    const lock = await unlockLfsFile(
      this.#services,
      grant,
      id,
      force ? () => this.#enter('lfs_lock.break') : null,
    );
    return { status: 200, given: argumentsOf(lock) };
  }

  async #listLocks({ given }: LfsRequest): Promise<LfsReply> {
    const grant = await this.#enter('lfs_lock.list');
    const limit = Number(given.get('limit') ?? Number.NaN);
    const { locks, next } = await viewLfsLocks(this.#services, grant, {
      path: given.get('path'),
      id: given.get('id'),
      after: given.get('cursor'),
      limit: Number.isSafeInteger(limit) ? limit : undefined,
    });
    return {
      status: 200,
      given: next === null ? [] : [`next-cursor=${next}`],
      lines: locks.flatMap((lock) => [
        `lock ${lock.id}`,
        `path ${lock.id} ${lock.path}`,
        `locked-at ${lock.id} ${new Date(lock.lockedAt).toISOString()}`,
        `ownername ${lock.id} ${holderOf(lock)}`,
        `owner ${lock.id} ${isOwnLock(grant, lock) ? 'ours' : 'theirs'}`,
      ]),
    };
  }
}

const offered = ({ oid, size, outcome }: LfsAnswer, action: string): string =>
  `${oid} ${size} ${outcome === 'here' ? 'noop' : action}`;

function objectIn(line: string): LfsObject {
  const [, oid, size] = /^([0-9a-f]{64}) (\d{1,15})(?: .*)?$/.exec(line) ?? [];
  if (oid === undefined) throw new Problem('invalid', 'A file is asked about by its SHA-256 and its size.');
  return { oid, size: Number(size) };
}

function sizeIn(given: LfsRequest['given']): number {
  const size = given.get('size') ?? '';
  if (!/^\d{1,15}$/.test(size)) throw new Problem('invalid', 'The size of the file is missing.');
  return Number(size);
}

const holderOf = ({ holderName }: LfsLock): string => holderName ?? 'somebody who is gone';

const argumentsOf = (lock: LfsLock): string[] => [
  `id=${lock.id}`,
  `path=${lock.path}`,
  `locked-at=${new Date(lock.lockedAt).toISOString()}`,
  `ownername=${holderOf(lock)}`,
];
