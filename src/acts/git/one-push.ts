import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { pushLimit } from '../../gate/index.ts';
import type { CommandList } from '../../git/command-list.ts';
import { keepObjectFolders } from '../../git/object-folders.ts';
import { endGit, gitEnd, type GitChild } from '../../git/process.ts';
import { PassingReport } from '../../git/passing-report.ts';
import { encodePushReport } from '../../git/push-report.ts';
import { startReceivePack, type ReceivingPush } from '../../git/receive-pack.ts';
import type { WritableRepositoryHandle } from '../../git/handle.ts';
import { answerHooks, installHooks, type HookAnswers, type Merging } from '../../push/index.ts';
import type { Turn } from '../../limits/pack-queue.ts';
import type { Services } from '../../services.ts';
import type { Database } from '../../store/handle.ts';
import { bodyOf, refuseAll, upTo } from './push-body.ts';
import { PushDecisions, type Objection } from './push-decisions.ts';
import type { AnyPushGrant } from './push-grant.ts';
import { workOf } from './pack-work.ts';
import { fromClient, toClient } from './patience.ts';
import { settlePush } from './settle-push.ts';
import { endOf, hasOutput, incomprehensible, pour, unreadable, type Body } from './serve.ts';

/** How a push is carried on, whoever brings it. */
export interface PushTerms {
  readonly version: 0 | 1;
  /** Aborted when the client is gone: then it waits for its turn no more. Once Git has begun, the end of the body counts. */
  readonly signal?: AbortSignal;
  /** Whether the client reads while it still sends, as over SSH: then its body need not end before the answer does. */
  readonly bothWays?: true;
  /** Decides again what the grant was made for, from facts read anew on this handle. Throws `Refused`. */
  readonly decideAgain: (database: Database) => Promise<AnyPushGrant>;
  /** The pull request that it merges: written down with it, so that whoever completes the push closes that one. */
  readonly merging?: Merging;
}

/** How long Git may take to give up a push whose body was cut off. */
const GIVE_UP_MS = 10_000;

/** One push on its way. */
export class Push {
  readonly #services: Services;
  readonly #grant: AnyPushGrant;
  readonly #terms: PushTerms;
  readonly #handle: WritableRepositoryHandle;
  readonly #list: CommandList;
  /** The most bytes that the pack may have. */
  readonly #limit: number | null;
  readonly #decisions: PushDecisions;
  /** Why the body broke off, if it did. */
  #broken: { readonly error: unknown } | undefined;
  #outgrown = false;
  #tookPack = false;
  /** Where the objects go lies ready from the moment that they may, until they did. */
  #letFoldersGo: () => Promise<void> = async () => {};

  constructor(
    services: Services,
    grant: AnyPushGrant,
    terms: PushTerms,
    handle: WritableRepositoryHandle,
    list: CommandList,
  ) {
    this.#services = services;
    this.#grant = grant;
    this.#terms = terms;
    this.#handle = handle;
    this.#list = list;
    this.#limit = grant.principal.type === 'credential' ? pushLimit(grant.principal.bounds) : null;
    const { decideAgain, merging = null } = terms;
    const limit = this.#limit;
    this.#decisions = new PushDecisions(services, { grant, handle, list, limit, decideAgain, merging });
  }

  /** Whether Git has the whole pack. */
  get tookPack(): boolean {
    return this.#tookPack;
  }

  /** Why it was decided that this ref may not move; undefined where nobody said so. */
  objectionTo(ref: string): Objection | undefined {
    if (this.#isTooLarge) return { reason: this.#sentenceOnSize(), isPassing: false };
    return this.#decisions.objectionTo(ref);
  }

  /**
   * Its turn, to be given back, when at least one ref may go on; else the report that refuses everything. Throws `Busy`
   * where there is no turn to be had.
   */
  async begin(): Promise<Turn | Buffer> {
    const verdict = await this.#decisions.onCommands();
    if (verdict.nothingStands) {
      return encodePushReport(this.#list.capabilities, {
        unpack: 'ok',
        refs: verdict.refs.map(({ command: { ref }, reason }) =>
          reason === null ? { ref, outcome: 'ok' } : { ref, outcome: 'refused', reason },
        ),
      });
    }
    return this.#services.packQueue.enter(workOf(this.#grant), this.#terms.signal);
  }

  /** Hands the push to Git: the list as it came, and the pack behind it. */
  async run(list: Buffer, pack: Body, turn: Turn): Promise<Readable> {
    const services = this.#services;
    const { child, relay } = await this.#start().catch((error: unknown) => {
      turn.end();
      throw error;
    });
    gitEnd(child).then(turn.end, turn.end);
    const answered = answerHooks(relay, this.#hookAnswers(), (error) =>
      services.log.error({ error }, 'A hook of a push could not be answered.'),
    );
    const sent = fromClient(pack, turn);
    const body = this.#limit === null ? sent : upTo(sent, this.#limit, () => this.#outgrow(child));
    const poured = pour(bodyOf(list, body), child.stdin).catch((error: unknown) =>
      this.#breakOff(child, error),
    );
    const output = new PassingReport(this.#list.capabilities);
    // Whoever reads the output is told what went wrong with it.
    const passed = pipeline(child.stdout, output).catch(() => {});
    const settled = this.#settle(child, Promise.all([answered, passed]), output);
    // Awaited below, or by the reader of the answer; it must not count as unhandled until then.
    settled.catch(() => {});
    // Until the whole pack has come, what Git says is progress, and its report may turn out to be ours.
    const isOver = this.#terms.bothWays === true ? Promise.race([poured, settled.catch(() => {})]) : poured;
    if (this.#limit !== null) await isOver;
    if (this.#outgrown) {
      const said = buffer(output);
      await settled;
      return Readable.from([this.#isTooLarge ? this.#tooLarge() : await said]);
    }
    if (await hasOutput(output)) {
      // It cannot be stopped any more: where the client is slow to hear how it ended, only the turn is taken from it.
      return Readable.from(toClient(outputUntil(output, settled), turn, turn.end));
    }
    const { code, stderr } = await endOf(services, child);
    await settled;
    if (this.#broken !== undefined) throw unreadable(this.#broken.error);
    return Readable.from(code === 0 ? [] : [this.#refuseAll(incomprehensible(services, stderr).message)]);
  }

  async #start(): Promise<ReceivingPush> {
    const hooksFolder = join(this.#services.storage.root, '..', 'hooks');
    await installHooks(hooksFolder);
    const { version } = this.#terms;
    return startReceivePack(this.#handle, { version, hooksFolder, maximumBytes: this.#limit });
  }

  /** Git is not killed: it sees its input end, gives up the pack and clears its quarantine away. */
  #breakOff(child: GitChild, error: unknown): void {
    this.#broken = { error };
    this.#decisions.breakOff();
    child.stdin.end();
    const timer = setTimeout(() => endGit(child), GIVE_UP_MS);
    child.once('exit', () => clearTimeout(timer));
  }

  /** Git gets no byte beyond the limit: it gives up what it has, as where the connection broke. */
  #outgrow(child: GitChild): void {
    this.#outgrown = true;
    this.#breakOff(child, undefined);
  }

  /** Bytes behind a whole pack can come when all is decided: then it is as Git says. */
  get #isTooLarge(): boolean {
    return this.#outgrown && this.#decisions.pushId === undefined;
  }

  /** In place of what Git would say, which names neither the credential nor the limit. */
  #tooLarge(): Buffer {
    const reason = this.#sentenceOnSize();
    return this.#refuseAll(
      reason,
      `${reason} Push fewer commits at a time, or use a credential with a higher limit.`,
    );
  }

  #sentenceOnSize(): string {
    const { principal } = this.#grant;
    const id = principal.type === 'credential' ? principal.credentialId : '';
    return `${id}: it may push at most ${this.#limit ?? 0} bytes at a time, and this push is larger.`;
  }

  #refuseAll(reason: string, message?: string): Buffer {
    return refuseAll(this.#list.capabilities, this.#list.commands, reason, message);
  }

  #hookAnswers(): HookAnswers {
    return {
      preReceive: async (commands, path) => {
        this.#tookPack = true;
        const verdict = await this.#decisions.onObjects(commands, path);
        // Git gave up on a ref of its own accord, which in an atomic push gives up all.
        const { capabilities, commands: asked } = this.#list;
        const incomplete = capabilities.has('atomic') && commands.length < asked.length;
        const accept = !verdict.nothingStands && !incomplete;
        if (accept) this.#letFoldersGo = await keepObjectFolders(this.#handle, path);
        return {
          accept,
          says: verdict.nothingStands
            ? [...new Set(verdict.refs.map(({ reason }) => reason ?? ''))].filter((line) => line !== '')
            : [],
        };
      },
      procReceive: async (commands) => {
        // The objects were moved before Git asks about the refs.
        void this.#letFoldersGo();
        return (await this.#decisions.onRefs(commands)).refs;
      },
    };
  }

  /** When Git has ended, and its hooks and its report have come to their end: what moved is written down. */
  async #settle(child: GitChild, over: Promise<unknown>, report: PassingReport): Promise<void> {
    try {
      await endOf(this.#services, child);
      // Something that Git started could outlive it and hold the relay open, and a client that reads nothing the report;
      // what moved is then read from the refs.
      await Promise.race([over, delay(1000, undefined, { ref: false })]);
      const { pushId, absent } = this.#decisions;
      if (pushId === undefined) return;
      await settlePush(this.#services, this.#handle, {
        id: pushId,
        repositoryId: this.#handle.id,
        commands: this.#list.commands,
        moved: report.moved?.difference(absent),
      });
    } finally {
      void this.#letFoldersGo();
      this.#decisions.end();
    }
  }
}

/** Git's answer, whose end is held back until what moved is written down: who reads it to the end finds it so. */
async function* outputUntil(output: Readable, settled: Promise<void>): AsyncGenerator<Buffer> {
  try {
    // Not `yield*`, which would hand on that the answer was destroyed, and the output with it.
    for await (const chunk of output.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } finally {
    // The client is gone; Git must not be stopped by that in the middle of its refs, or before its quarantine is removed.
    output.resume();
  }
  // The refs have moved, and Git said so: a record that could not be completed is completed at the next start.
  await settled.catch(() => {});
}
