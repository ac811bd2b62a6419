import { Option } from 'commander';

/**
 * An option that may be given again for another value. Commander's own lists take every word that follows, and with it
 * the arguments of the verb.
 */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description}; repeatable`).argParser((value: string, before: unknown) => [
    ...(Array.isArray(before) ? before.map(String) : []),
    value,
  ]);
