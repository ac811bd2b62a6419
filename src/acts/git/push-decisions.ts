import { explain, pushLimit, Refused } from '../../gate/index.ts';
import type { CommandList, PushCommand } from '../../git/command-list.ts';
import type { WritableRepositoryHandle } from '../../git/handle.ts';
import { isZeroObjectId } from '../../git/object-id.ts';
import { readHead, readRefs } from '../../git/refs.ts';
import { prunedSince } from '../../git/upkeep/index.ts';
import {
  changeOnList,
  decidePush,
  insertPush,
  inspectionFor,
  inspectPush,
  type Confines,
  type PushStage,
  type Merging,
  type PushVerdict,
  type SeenRef,
} from '../../push/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Database } from '../../store/handle.ts';
import { changeByPush } from '../transaction.ts';
import { claimPush, confinesOf, NOTHING, UsedUp } from './push-confines.ts';
import type { AnyPushGrant } from './push-grant.ts';

interface PushToDecide {
  readonly grant: AnyPushGrant;
  readonly handle: WritableRepositoryHandle;
  readonly list: CommandList;
  /** The most bytes that the pack may have; Git was told when it began. */
  readonly limit: number | null;
  /**
   * Decides again what the grant was made for, from facts read anew on this handle. Throws `Refused`, and `Problem` for what
   * else stands against it.
   */
  readonly decideAgain: (database: Database) => Promise<AnyPushGrant>;
  readonly merging: Merging | null;
}

interface PushState {
  readonly stopped: string | null;
  readonly confines: Confines;
}

const PRUNED = 'What nothing leads to was just removed from this repository; push again in ten seconds.';

const NARROWED =
  'What may be pushed with this credential was narrowed while the push was on its way; push again.';

const UNRECORDED = 'The push could not be recorded, so nothing was changed; push again.';

const PASSING: ReadonlySet<string> = new Set([PRUNED, NARROWED, UNRECORDED]);

/** Why a ref may not move, as a sentence; whether that passes; and what was thrown over it, if anything was. */
export interface Objection {
  readonly reason: string;
  readonly isPassing: boolean;
  readonly thrown?: Refused | Problem;
}

/** Decides one push, ref by ref: on its command list, on its objects in quarantine, and just before the refs move. */
export class PushDecisions {
  readonly #services: Services;
  readonly #push: PushToDecide;
  readonly #commands: ReadonlyMap<string, string>;
  /** By the clock that file times go by. */
  readonly #began = Date.now();
  #seen: ReadonlyMap<string, SeenRef>;
  #inspectedFor: string | undefined;
  #isBroken = false;
  #pushId: string | undefined;
  /** The same, from the moment that it may be seen. */
  #intended: string | undefined;
  #absent: ReadonlySet<string> = new Set();
  readonly #refusals = new Map<string, string>();
  /** Why it would no longer be granted at all. */
  #thrown: Refused | Problem | undefined;

  constructor(services: Services, push: PushToDecide) {
    this.#services = services;
    this.#push = push;
    const { commands } = push.list;
    this.#seen = new Map(
      commands.map((command) => [command.ref, { change: changeOnList(command), violation: null }]),
    );
    this.#commands = new Map(commands.map(({ ref, old, new: id }) => [ref, `${old} ${id}`]));
  }

  /** Under what it was written down as intended, once it may move something. */
  get pushId(): string | undefined {
    return this.#pushId;
  }

  /** What is to be deleted and is not there: Git says `ok` of it, and moves nothing. */
  get absent(): ReadonlySet<string> {
    return this.#absent;
  }

  /** Why this ref may not move, as it was decided last; undefined where nothing stood against it. */
  objectionTo(ref: string): Objection | undefined {
    const reason = this.#refusals.get(ref);
    if (reason === undefined) return undefined;
    return {
      reason,
      isPassing: PASSING.has(reason),
      ...(this.#thrown !== undefined && { thrown: this.#thrown }),
    };
  }

  /** The body broke off: what arrived may look whole and is not, so whatever is asked from here on is refused. */
  breakOff(): void {
    this.#isBroken = true;
  }

  /** On what the client asks for, by the grant that let it in. */
  async onCommands(): Promise<PushVerdict> {
    const confines = await confinesOf(this.#services.database, this.#push.grant);
    return this.#decide('commands', this.#push.list.commands, { stopped: null, confines });
  }

  /** On what came, with everything read anew. @param quarantine the folder of its objects */
  async onObjects(commands: readonly PushCommand[], quarantine: string): Promise<PushVerdict> {
    const state = await this.#renew(this.#services.database);
    if (state.stopped === null) {
      const { handle } = this.#push;
      this.#seen = await inspectPush({ handle, path: quarantine }, commands, state.confines);
      this.#inspectedFor = inspectionFor(state.confines);
    }
    return this.#decide('objects', commands, state);
  }

  /**
   * The last decision and the record of what may move, in one transaction: a revocation is either seen here, or comes
   * after the push. When it cannot be written, nothing moves.
   */
  async onRefs(commands: readonly PushCommand[]): Promise<PushVerdict> {
    const services = this.#services;
    const { grant, handle, merging } = this.#push;
    const { principal, address } = grant;
    const [{ id: repositoryId }] = grant.targets;
    // Before the transaction, in which nothing but the database is awaited.
    this.#absent = await this.#absentAmong(commands);
    try {
      const { verdict, pushId } = await changeByPush(
        services,
        grant,
        async (trx, now) => {
          const state = this.#strictly(await this.#renew(trx));
          const decided = this.#decide('refs', commands, state);
          const allowed = decided.refs.filter(({ reason }) => reason === null).map(({ command }) => command);
          if (allowed.length === 0) return { verdict: decided, pushId: undefined };
          await claimPush(trx, principal);
          const push = { repositoryId, data: handle.kind, commands: allowed, principal, address, merging };
          const id = await insertPush(trx, push, now);
          this.#intended = id;
          // Before others can see it there: what they see and nobody holds is taken to be left behind.
          services.intendedPushes.add(id);
          return { verdict: decided, pushId: id };
        },
        (result) =>
          result.pushId === undefined
            ? null
            : {
                target: { type: 'repository', id: repositoryId },
                detail: {
                  push: result.pushId,
                  ...(merging !== null && { pull_request: merging.pullRequest }),
                },
              },
      );
      this.#pushId = pushId;
      // After the intent is there for all to see: a prune that begins now waits for it.
      if (pushId === undefined || !(await prunedSince(handle, this.#began))) return verdict;
      return this.#decide('refs', commands, { stopped: PRUNED, confines: NOTHING });
    } catch (error) {
      return this.#decide('refs', commands, { stopped: this.#sentenceOn(error), confines: NOTHING });
    }
  }

  #sentenceOn(error: unknown): string {
    if (error instanceof UsedUp) return error.message;
    if (error instanceof Problem && error.code === 'conflict') {
      this.#thrown = error;
      return error.message;
    }
    this.#services.log.error({ error }, 'A push could not be recorded.');
    return UNRECORDED;
  }

  /** When what moved is written down, or nothing will move. */
  end(): void {
    if (this.#intended !== undefined) this.#services.intendedPushes.delete(this.#intended);
  }

  async #absentAmong(commands: readonly PushCommand[]): Promise<ReadonlySet<string>> {
    const deleted = new Set(commands.filter((each) => isZeroObjectId(each.new)).map(({ ref }) => ref));
    if (deleted.size === 0) return deleted;
    return deleted.difference(await readRefs(this.#services, this.#push.handle, [...deleted]));
  }

  #decide(stage: PushStage, commands: readonly PushCommand[], { stopped, confines }: PushState): PushVerdict {
    const { handle, list } = this.#push;
    const foreign = commands.some(({ ref, old, new: id }) => this.#commands.get(ref) !== `${old} ${id}`);
    const verdict = decidePush(stage, {
      commands,
      atomic: list.capabilities.has('atomic'),
      data: handle.kind,
      defaultBranch: readHead(handle),
      confines,
      seen: this.#seen,
      stopped: foreign ? 'The request changed on its way.' : stopped,
    });
    for (const { command, reason } of verdict.refs) {
      if (reason !== null) this.#refusals.set(command.ref, reason);
    }
    return verdict;
  }

  /** Whether the push may still go on and under what, with everything read anew. */
  async #renew(database: Database): Promise<PushState> {
    if (this.#isBroken) {
      return {
        stopped: 'The connection broke off in the middle of the push; push again.',
        confines: NOTHING,
      };
    }
    const { decideAgain, limit } = this.#push;
    try {
      const confines = await confinesOf(database, await decideAgain(database));
      return { stopped: pushLimit(confines.bounds) === limit ? null : NARROWED, confines };
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Problem)) throw error;
      this.#thrown = error;
      return { stopped: error instanceof Problem ? error.message : sentenceOf(error), confines: NOTHING };
    }
  }

  /** Bounds and rules that came after the objects were looked at would ask for another look; there is none any more. */
  #strictly(state: PushState): PushState {
    const unseen = state.stopped === null && inspectionFor(state.confines) !== this.#inspectedFor;
    return unseen ? { ...state, stopped: NARROWED } : state;
  }
}

const sentenceOf = ({ refusal }: Refused): string =>
  refusal.code === 'target_missing'
    ? 'You may not have access to this repository any more, or it was deleted.'
    : explain(refusal);
