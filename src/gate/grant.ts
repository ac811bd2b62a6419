import type { OperationName, TargetTypesOf } from './operations.ts';
import type { PrincipalData } from './principal.ts';
import type { FactsByType, PresentTarget, TargetType } from './targets.ts';
import type { Visibility } from './visibility.ts';

type FactsOf<Types extends readonly TargetType[]> = {
  readonly [Index in keyof Types]: FactsByType[Types[Index]];
};

/** The facts of an operation's targets, in order, as a grant for it carries them. */
export type GrantTargets<Op extends OperationName> = FactsOf<TargetTypesOf<Op>>;

/** Held by `sealed.ts` alone: without it nothing can be constructed here. */
export const MINT: unique symbol = Symbol('mint');

/**
 * The proof that a decision was yes. Made by admit alone; whoever holds one may do this operation to these targets, once,
 * now. The operation is part of the type, so that a read grant is no push grant; and every opener asks again at run time.
 */
export class Grant<Op extends OperationName> {
  readonly #operation: Op;
  readonly #principal: PrincipalData;
  readonly #targets: readonly PresentTarget[];
  readonly #visibility: Visibility | null;
  readonly #address: string | null;
  /** Makes the operation count for the type checker, which otherwise sees two grants of one shape. */
  declare protected readonly opens: (operation: Op) => void;

  constructor(
    key: typeof MINT,
    operation: Op,
    principal: PrincipalData,
    targets: readonly PresentTarget[],
    visibility: Visibility | null,
    address: string | null,
  ) {
    if (key !== MINT) throw new TypeError('A grant is made by admit alone.');
    this.#operation = operation;
    this.#principal = principal;
    this.#targets = targets;
    this.#visibility = visibility;
    this.#address = address;
  }

  get operation(): Op {
    return this.#operation;
  }

  /** Who was admitted. */
  get principal(): PrincipalData {
    return this.#principal;
  }

  /** The network address the request came from, or null where there is none (command line, jobs). */
  get address(): string | null {
    return this.#address;
  }

  /** What the operation may be done to, in the order of its declaration. */
  get targets(): GrantTargets<Op> {
    return this.#targets as unknown as GrantTargets<Op>;
  }

  /** The same targets, for code that serves every operation. */
  get everyTarget(): readonly PresentTarget[] {
    return this.#targets;
  }

  /** What a list operation may show. Throws for an operation that lists nothing. */
  get visibility(): Visibility {
    if (this.#visibility === null) throw new TypeError(`${this.#operation} lists nothing.`);
    return this.#visibility;
  }

  /** What was carried as an unknown, as the grant for `operation` that it is. Throws `TypeError` for anything else. */
  static expect<Op extends OperationName>(value: unknown, operation: Op): Grant<Op> {
    if (!Grant.#isFor(value, operation)) throw new TypeError(`There is no grant to "${operation}" here.`);
    return value;
  }

  /** True only for a grant that admit made: an imitation has no private fields. */
  static isGenuine(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #operation in value;
  }

  static #isFor<Op extends OperationName>(value: unknown, operation: Op): value is Grant<Op> {
    if (typeof value !== 'object' || value === null || !(#operation in value)) return false;
    const held: string = value.#operation;
    return held === operation;
  }
}

/** A grant of whatever it may be, for code that serves every operation. */
export type AnyGrant = Grant<OperationName> | { [Op in OperationName]: Grant<Op> }[OperationName];
