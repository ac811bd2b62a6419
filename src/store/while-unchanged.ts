import type { Handle } from './handle.ts';
import { readerOf } from './sqlite.ts';

const MOST_VALUES = 1000;
/** Who can write what keys are made of must not fill the memory with them. */
const LONGEST_KEY = 4096;

/**
 * What was made of rows, kept until anything at all is committed to the database, by whichever process. A database
 * other than SQLite cannot say whether anything was; there, and in a transaction, everything is made anew.
 */
export class WhileUnchanged<Value extends object> {
  #state: object | undefined;
  readonly #values = new Map<string, Value>();

  /** @param make reads nothing but what `key` names, of this database alone */
  async of(db: Handle, key: string, make: () => Promise<Value>): Promise<Value> {
    const { adapter, plugins } = db.getExecutor();
    const isKept = !db.isTransaction && plugins.length === 0 && key.length <= LONGEST_KEY;
    const reader = isKept ? readerOf(adapter) : undefined;
    if (reader === undefined) return make();
    const { state } = reader;
    if (this.#state !== state || this.#values.size >= MOST_VALUES) this.#values.clear();
    this.#state = state;
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = await make();
    // Something that was committed meanwhile may be in it, or may not.
    if (this.#state === state && reader.state === state) this.#values.set(key, value);
    return value;
  }
}
