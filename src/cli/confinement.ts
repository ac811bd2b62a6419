import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Confinement } from '../acts/credentials/confinement.ts';
import { repeatable } from './repeatable.ts';

const wholeNumber = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  return number;
};

/** The options that confine a credential, each repeatable where it takes a list; the same on every verb that makes or narrows one. */
const OPTIONS: readonly (() => Option)[] = [
  () => repeatable('--workspace <slug>', 'opens repositories of this workspace only'),
  () => repeatable('--project <workspace/key>', 'opens repositories of this project only'),
  () => repeatable('--repository <workspace/name>', 'opens this repository only'),
  () =>
    repeatable(
      '--ref <pattern>',
      'pushes to refs of this pattern only, such as refs/heads/release/* or refs/tags/v*:create (changes: create, fast-forward, force, delete; the first two where none is named)',
    ),
  () => repeatable('--deny-ref <pattern>', 'never pushes to refs of this pattern'),
  () => repeatable('--path <pattern>', 'pushes change files of this pattern only, such as docs/**'),
  () => repeatable('--deny-path <pattern>', 'pushes never change files of this pattern'),
  () => repeatable('--from <network>', 'used from this network or address only, such as 192.0.2.0/24'),
  () => new Option('--observe', 'record what --from would have refused, and refuse nothing'),
  () =>
    repeatable('--window <window>', "used in this span only, such as 'Mon-Fri 22:00-04:00 Europe/Berlin'"),
  () => new Option('--uses <number>', 'used at most so often').argParser(wholeNumber),
  () => new Option('--one-push', 'good for a single push'),
  () => new Option('--max-bytes <number>', 'most bytes of a push').argParser(wholeNumber),
  () => new Option('--author-self', 'pushed commits must name its own identity as committer'),
];

export function withConfinement(command: Command): Command {
  for (const option of OPTIONS) command.addOption(option());
  return command;
}

/** By which a derived token is not confined: it is for a job, which has its repositories, and need not be watched first. */
const NOT_OF_DERIVED: ReadonlySet<string> = new Set(['workspace', 'project', 'observe']);

/** The same without those that a derived token does not have. */
export function withDerivedConfinement(command: Command): Command {
  for (const option of OPTIONS.map((make) => make()))
    if (!NOT_OF_DERIVED.has(option.attributeName())) command.addOption(option);
  return command;
}

const list = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;

/** What those options say. */
export function confinementOf(options: Readonly<Record<string, unknown>>): Confinement {
  const lists = {
    workspaceNames: list(options['workspace']),
    projectNames: list(options['project']),
    repositoryNames: list(options['repository']),
    refs: list(options['ref']),
    deniedRefs: list(options['denyRef']),
    paths: list(options['path']),
    deniedPaths: list(options['denyPath']),
    networks: list(options['from']),
    windows: list(options['window']),
  };
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, value]) => value !== undefined)),
    ...(options['observe'] === true && { observe: true }),
    ...(typeof options['uses'] === 'number' && { uses: options['uses'] }),
    ...(options['onePush'] === true && { pushes: 1 }),
    ...(typeof options['maxBytes'] === 'number' && { maximumBytes: options['maxBytes'] }),
    ...(options['authorSelf'] === true && { authorSelf: true }),
  };
}
