import type { Compilable, CompiledQuery } from 'kysely';
import type { Handle } from './handle.ts';
import type { Question, Value } from './sqlite-reader.ts';
import { readerOf } from './sqlite.ts';

/** Stands in a query that is built once for an argument of each of its runs. */
class Placeholder {
  readonly position: number;
  constructor(position: number) {
    this.position = position;
  }
}

/**
 * A query that is built and compiled once for each kind of database and then only run: for what every request asks.
 * Building a query anew takes several times as long as running it. One that writes runs in transactions alone.
 *
 * @param build Takes a handle and as many arguments as each run gives. They may only be handed on as values: when the
 *     query is built they are placeholders.
 */
export function prepared<const Arguments extends readonly Value[], Row>(
  build: (db: Handle, ...values: Arguments) => Compilable<Row>,
): (db: Handle, ...values: Arguments) => Promise<readonly Readonly<Row>[]> {
  const compiled = new WeakMap<object, Question & { readonly query: CompiledQuery<Row> }>();
  const compile = (db: Handle) => {
    const placeholders = Array.from({ length: build.length - 1 }, (_, position) => new Placeholder(position));
    const query = build(db, ...(placeholders as unknown as Arguments)).compile();
    const parametersOf = (values: readonly Value[]) =>
      query.parameters.map((parameter) =>
        parameter instanceof Placeholder ? values[parameter.position] : parameter,
      ) as Value[];
    return { query, sql: query.sql, parametersOf };
  };
  return async (db, ...values) => {
    // One for a database and all transactions in it.
    const { adapter, plugins } = db.getExecutor();
    let question = compiled.get(adapter);
    if (question === undefined) compiled.set(adapter, (question = compile(db)));
    // What a transaction has written is seen in it alone.
    const reader = db.isTransaction || plugins.length > 0 ? undefined : readerOf(adapter);
    if (reader !== undefined) return reader.all(question, values) as readonly Row[];
    const filled: CompiledQuery<Row> = { ...question.query, parameters: question.parametersOf(values) };
    return (await db.executeQuery(filled)).rows;
  };
}
