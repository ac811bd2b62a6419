import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { claimUse } from '../../credentials/index.ts';
import { explain, pushLimit, Refused, usedUp, type Grant, type PrincipalData } from '../../gate/index.ts';
import { restrictionsFor } from '../../hosting/index.ts';
import { CommandListParser, MalformedRequest, type CommandList } from '../../git/command-list.ts';
import { openForWriting } from '../../git/open.ts';
import { endGit, type GitChild } from '../../git/process.ts';
import { encodePushReport } from '../../git/push-report.ts';
import { advertiseReceivePack, startReceivePack } from '../../git/receive-pack.ts';
import { readHead } from '../../git/refs.ts';
import { advertisementHead } from '../../git/upload-pack.ts';
import type { WritableRepositoryHandle } from '../../git/handle.ts';
import { Problem } from '../../problem.ts';
import {
  answerHooks,
  changeOnList,
  decidePush,
  insertPush,
  inspectPush,
  installHooks,
  type Confines,
  type HookAnswers,
  type PushQuestion,
  type PushStage,
  type PushVerdict,
  type SeenRef,
} from '../../push/index.ts';
import type { Services } from '../../services.ts';
import type { Database, Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import { settlePush } from './settle-push.ts';
import { advertisement, endOf, hasOutput, incomprehensible, pour, unreadable, type Body } from './serve.ts';

export type PushGrant = Grant<'repository.push'> | Grant<'wiki.push'>;

export interface PushInput {
  readonly version: 0 | 1;
  readonly body: Body;
  /** Decides again what the grant was made for, from facts read anew on this handle. Throws `Refused`. */
  readonly decideAgain: (database: Database) => Promise<PushGrant>;
}

/** How long Git may take to give up a push whose body was cut off. */
const GIVE_UP_MS = 10_000;

/** What a push begins with: the refs. Throws `Problem`. */
export async function advertisePush(
  services: Services,
  grant: PushGrant,
  input: { readonly signal: AbortSignal },
): Promise<Readable> {
  const handle = await openForWriting(services.storage, grant);
  const child = advertiseReceivePack(handle, { version: 0, signal: input.signal });
  return advertisement(services, child, advertisementHead('git-receive-pack'));
}

/**
 * Takes a push and answers with Git's report. The push is decided on its command list, on the objects in quarantine and
 * just before the refs move; refs that were refused are reported one by one. Throws `Problem` for a body that is no push.
 */
export async function receivePush(services: Services, grant: PushGrant, input: PushInput): Promise<Readable> {
  const handle = await openForWriting(services.storage, grant);
  const chunks = input.body[Symbol.asyncIterator]();
  const { list, parser } = await readCommandList(chunks);
  // What Git sends to find out whether it may push at all, before a large body.
  if (list.commands.length === 0) return Readable.from([]);
  const push = new Push(services, grant, input, handle, list);
  const refused = await push.decideOnList();
  if (refused !== null) {
    await discard(chunks);
    return Readable.from([refused]);
  }
  return push.run(bodyOf([parser.consumed, parser.rest], chunks));
}

async function readCommandList(
  chunks: AsyncIterator<Buffer>,
): Promise<{ readonly list: CommandList; readonly parser: CommandListParser }> {
  const parser = new CommandListParser();
  try {
    for (;;) {
      const { value, done } = await chunks.next();
      const list = done === true ? parser.end() : parser.push(value);
      if (list !== undefined) return { list, parser };
    }
  } catch (error) {
    throw error instanceof MalformedRequest ? new Problem('invalid', error.message) : unreadable(error);
  }
}

async function discard(chunks: AsyncIterator<Buffer>): Promise<void> {
  try {
    while ((await chunks.next()).done !== true);
  } catch {
    // Nobody is left to read the answer.
  }
}

async function* bodyOf(first: readonly Buffer[], chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* first.filter(({ length }) => length > 0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

interface PushState {
  readonly stopped: string | null;
  readonly confines: Confines;
}

const NOTHING: Confines = { bounds: [], restrictions: [] };

/** The rules of a repository concern its branches; a wiki has none of its own. */
async function confinesOf(database: Database, grant: PushGrant): Promise<Confines> {
  const { principal } = grant;
  const [{ id }] = grant.targets;
  return {
    bounds: principal.type === 'credential' ? principal.bounds : [],
    restrictions: grant.operation === 'repository.push' ? await restrictionsFor(database, id, principal) : [],
  };
}

/** A bound that counts has nothing left; thrown inside the transaction, so that nothing of the claim stays. */
class UsedUp extends Error {
  override readonly name = 'UsedUp';
}

async function claimPush(trx: Handle, principal: PrincipalData): Promise<void> {
  if (principal.type !== 'credential') return;
  const spent = await claimUse(trx, principal.credentialId, true);
  if (spent !== null) throw new UsedUp(`${principal.credentialId}: ${usedUp(spent).says}.`);
}

/** One push on its way. */
class Push {
  readonly #services: Services;
  readonly #grant: PushGrant;
  readonly #input: PushInput;
  readonly #handle: WritableRepositoryHandle;
  readonly #list: CommandList;
  readonly #commands: ReadonlyMap<string, string>;
  /** Why the body broke off, if it did: what arrived may look whole and is not. */
  #broken: { readonly error: unknown } | undefined;
  #seen: ReadonlyMap<string, SeenRef>;
  #pushId: string | undefined;
  #moved: ReadonlySet<string> | undefined;

  constructor(
    services: Services,
    grant: PushGrant,
    input: PushInput,
    handle: WritableRepositoryHandle,
    list: CommandList,
  ) {
    this.#services = services;
    this.#grant = grant;
    this.#input = input;
    this.#handle = handle;
    this.#list = list;
    this.#seen = new Map(
      list.commands.map((command) => [command.ref, { change: changeOnList(command), violation: null }]),
    );
    this.#commands = new Map(list.commands.map(({ ref, old, new: id }) => [ref, `${old} ${id}`]));
  }

  /** The report that refuses everything, or null when at least one ref may go on. */
  async decideOnList(): Promise<Buffer | null> {
    const confines = await confinesOf(this.#services.database, this.#grant);
    const verdict = await this.#decide('commands', this.#list.commands, { stopped: null, confines });
    if (!verdict.nothingStands) return null;
    return encodePushReport(this.#list.capabilities, {
      unpack: 'ok',
      refs: verdict.refs.map(({ command: { ref }, reason }) =>
        reason === null ? { ref, outcome: 'ok' } : { ref, outcome: 'refused', reason },
      ),
    });
  }

  async run(body: Body): Promise<Readable> {
    const services = this.#services;
    const hooksFolder = join(services.storage.root, '..', 'hooks');
    await installHooks(hooksFolder);
    const { child, relay } = startReceivePack(this.#handle, {
      version: this.#input.version,
      hooksFolder,
      maximumBytes: this.#maximumBytes,
    });
    const answered = answerHooks(relay, this.#hookAnswers(), (error) =>
      services.log.error({ error }, 'A hook of a push could not be answered.'),
    );
    pour(body, child.stdin).catch((error: unknown) => this.#breakOff(child, error));
    const settled = this.#settle(child, answered);
    // Awaited below, or by the reader of the answer; it must not count as unhandled until then.
    settled.catch(() => {});
    if (await hasOutput(child)) return Readable.from(outputUntil(child, settled));
    const { code, stderr } = await endOf(services, child);
    await settled;
    if (this.#broken !== undefined) throw unreadable(this.#broken.error);
    if (code !== 0) throw incomprehensible(services, stderr);
    return Readable.from([]);
  }

  /** Git is not killed: it sees its input end, gives up the pack and clears its quarantine away. */
  #breakOff(child: GitChild, error: unknown): void {
    this.#broken = { error };
    child.stdin.end();
    const timer = setTimeout(() => endGit(child), GIVE_UP_MS);
    child.once('exit', () => clearTimeout(timer));
  }

  #hookAnswers(): HookAnswers {
    return {
      preReceive: async (commands, path) => {
        const state = await this.#renew(this.#services.database);
        if (state.stopped === null) {
          this.#seen = await inspectPush(
            { handle: this.#handle, path },
            commands,
            state.confines,
            this.#email,
          );
        }
        // Git gave up on a ref of its own accord, which in an atomic push gives up all.
        const incomplete = this.#atomic && commands.length < this.#list.commands.length;
        const verdict = await this.#decide('objects', commands, state);
        return {
          accept: !verdict.nothingStands && !incomplete,
          says: verdict.nothingStands
            ? [...new Set(verdict.refs.map(({ reason }) => reason ?? ''))].filter((line) => line !== '')
            : [],
        };
      },
      procReceive: async (commands) => (await this.#intend(commands)).refs,
      postReceive: (commands) => {
        this.#moved = new Set(commands.map(({ ref }) => ref));
      },
    };
  }

  /**
   * The last decision and the record of what may move, in one transaction: a revocation is either seen here, or comes
   * after the push. When it cannot be written, nothing moves.
   */
  async #intend(commands: CommandList['commands']): Promise<PushVerdict> {
    const services = this.#services;
    const [{ id: repositoryId }] = this.#grant.targets;
    const { principal, address } = this.#grant;
    // Inside the transaction nothing but the database is awaited.
    const defaultBranch = await readHead(this.#handle);
    try {
      const { verdict, pushId } = await change(
        services,
        this.#grant,
        async (trx, now) => {
          const decided = await this.#decide('refs', commands, await this.#renew(trx), defaultBranch);
          const allowed = decided.refs.filter(({ reason }) => reason === null).map(({ command }) => command);
          if (allowed.length === 0) return { verdict: decided, pushId: undefined };
          await claimPush(trx, principal);
          const push = { repositoryId, data: this.#handle.kind, commands: allowed, principal, address };
          return { verdict: decided, pushId: await insertPush(trx, push, now) };
        },
        (result) =>
          result.pushId === undefined
            ? null
            : { target: { type: 'repository', id: repositoryId }, detail: { push: result.pushId } },
      );
      this.#pushId = pushId;
      return verdict;
    } catch (error) {
      const spent = error instanceof UsedUp;
      if (!spent) services.log.error({ error }, 'A push could not be recorded.');
      return this.#decide(
        'refs',
        commands,
        {
          stopped: spent
            ? error.message
            : 'The push could not be recorded, so nothing was changed; push again.',
          confines: NOTHING,
        },
        defaultBranch,
      );
    }
  }

  get #atomic(): boolean {
    return this.#list.capabilities.has('atomic');
  }

  async #decide(
    stage: PushStage,
    commands: CommandList['commands'],
    { stopped, confines }: PushState,
    defaultBranch?: string,
  ): Promise<PushVerdict> {
    const foreign = commands.some(({ ref, old, new: id }) => this.#commands.get(ref) !== `${old} ${id}`);
    const question: PushQuestion = {
      commands,
      atomic: this.#atomic,
      defaultBranch: defaultBranch ?? (await readHead(this.#handle)),
      confines,
      seen: this.#seen,
      stopped: foreign ? 'The request changed on its way.' : stopped,
    };
    return decidePush(stage, question);
  }

  /** Whether the push may still go on and under what, with everything read anew. */
  async #renew(database: Database): Promise<PushState> {
    if (this.#broken !== undefined) {
      return {
        stopped: 'The connection broke off in the middle of the push; push again.',
        confines: NOTHING,
      };
    }
    try {
      const grant = await this.#input.decideAgain(database);
      return { stopped: null, confines: await confinesOf(database, grant) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const stopped =
        error.refusal.code === 'target_missing'
          ? 'You may not have access to this repository any more, or it was deleted.'
          : explain(error.refusal);
      return { stopped, confines: NOTHING };
    }
  }

  get #maximumBytes(): number | null {
    const { principal } = this.#grant;
    return principal.type === 'credential' ? pushLimit(principal.bounds) : null;
  }

  /** The address that commits must carry where the credential may commit only as itself. */
  get #email(): string {
    const { principal } = this.#grant;
    if (principal.type !== 'credential') return '';
    return principal.owner.type === 'repository'
      ? principal.owner.appUser.email
      : principal.owner.account.email;
  }

  /** When Git has ended and its hooks have said their last: what moved is written down. */
  async #settle(child: GitChild, answered: Promise<void>): Promise<void> {
    await endOf(this.#services, child);
    // Something that Git started could outlive it and hold the relay open; what moved is then read from the refs.
    await Promise.race([answered, delay(1000, undefined, { ref: false })]);
    if (this.#pushId === undefined) return;
    await settlePush(this.#services, this.#handle, {
      id: this.#pushId,
      repositoryId: this.#handle.id,
      commands: this.#list.commands,
      moved: this.#moved,
    });
  }
}

/** Git's answer, whose end is held back until what moved is written down: who reads it to the end finds it so. */
async function* outputUntil(child: GitChild, settled: Promise<void>): AsyncGenerator<Buffer> {
  try {
    yield* child.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } finally {
    // The client is gone; Git must not be stopped by that in the middle of its refs.
    child.stdout.resume();
  }
  // The refs have moved, and Git said so: a record that could not be completed is completed at the next start.
  await settled.catch(() => {});
}
