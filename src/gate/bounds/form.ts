import { REF_CHANGES, type Bound, type HeldBound, type RefChange, type RefRule } from './bound.ts';
import { readNetwork } from './network.ts';
import { compilePattern, patternProblem, type Pattern } from './pattern.ts';
import { readWindow } from './window.ts';

/**
 * The form in which a bound is stored: JSON under the name of its kind, patterns, networks and windows as they were
 * written. The form evolves by new kinds and new optional members; a member that an older version does not know makes
 * the bound unknown to it, and an unknown bound refuses everything.
 */
export function encodeBound(bound: Bound): Readonly<Record<string, unknown>> {
  switch (bound.kind) {
    case 'repositories':
      return { workspaces: bound.workspaces, projects: bound.projects, repositories: bound.repositories };
    case 'refs':
      return {
        allow: bound.allow.map(({ pattern, changes }) => ({ pattern: pattern.text, changes })),
        deny: texts(bound.deny),
      };
    case 'paths':
      return { allow: texts(bound.allow), deny: texts(bound.deny) };
    case 'networks':
      return { networks: texts(bound.networks), observe: bound.observe };
    case 'time':
      return { windows: texts(bound.windows) };
    case 'uses':
    case 'pushes':
      return { limit: bound.limit };
    case 'size':
      return { maximumBytes: bound.maximumBytes };
    case 'author':
      return {};
  }
}

const texts = (list: readonly { readonly text: string }[]): string[] => list.map(({ text }) => text);

type Members = Readonly<Record<string, unknown>>;
type Reader = (members: Members) => Bound | undefined;

const READERS: {
  readonly [Kind in Bound['kind']]: { readonly members: readonly string[]; readonly read: Reader };
} = {
  repositories: {
    members: ['workspaces', 'projects', 'repositories'],
    read: ({ workspaces, projects, repositories }) =>
      areTexts(workspaces) && areTexts(projects) && areTexts(repositories)
        ? { kind: 'repositories', workspaces, projects, repositories }
        : undefined,
  },
  refs: {
    members: ['allow', 'deny'],
    read: ({ allow, deny }) => {
      const rules = everyOne(allow, readRule);
      const denied = everyOne(deny, readPattern);
      return rules && denied && { kind: 'refs', allow: rules, deny: denied };
    },
  },
  paths: {
    members: ['allow', 'deny'],
    read: ({ allow, deny }) => {
      const allowed = everyOne(allow, readPattern);
      const denied = everyOne(deny, readPattern);
      return allowed && denied && { kind: 'paths', allow: allowed, deny: denied };
    },
  },
  networks: {
    members: ['networks', 'observe'],
    read: ({ networks, observe }) => {
      const list = everyOne(networks, (text) => (typeof text === 'string' ? readNetwork(text) : undefined));
      return list && typeof observe === 'boolean' ? { kind: 'networks', networks: list, observe } : undefined;
    },
  },
  time: {
    members: ['windows'],
    read: ({ windows }) => {
      const list = everyOne(windows, (text) => (typeof text === 'string' ? readWindow(text) : undefined));
      return list && { kind: 'time', windows: list };
    },
  },
  uses: {
    members: ['limit'],
    read: ({ limit }) => (isCount(limit) ? { kind: 'uses', limit, used: 0 } : undefined),
  },
  pushes: {
    members: ['limit'],
    read: ({ limit }) => (isCount(limit) ? { kind: 'pushes', limit, used: 0 } : undefined),
  },
  size: {
    members: ['maximumBytes'],
    read: ({ maximumBytes }) => (isCount(maximumBytes) ? { kind: 'size', maximumBytes } : undefined),
  },
  author: { members: [], read: () => ({ kind: 'author' }) },
};

/** The same bound as it stands after so many uses. */
export const afterUses = (bound: HeldBound, used: number): HeldBound =>
  bound.kind === 'uses' || bound.kind === 'pushes' ? { ...bound, used } : bound;

/** Reads a stored bound, as it stands before its first use; `unknown` for a kind, a member or a value that this version cannot judge. */
export function decodeBound(kind: string, value: unknown): HeldBound {
  const unknown: HeldBound = { kind: 'unknown', name: kind };
  if (!isKind(kind) || typeof value !== 'object' || value === null || Array.isArray(value)) return unknown;
  const { members, read } = READERS[kind];
  const given: Members = { ...value };
  if (Object.keys(given).some((name) => !members.includes(name))) return unknown;
  return read(given) ?? unknown;
}

const isKind = (kind: string): kind is Bound['kind'] => Object.hasOwn(READERS, kind);

const areTexts = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((text) => typeof text === 'string');

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Every element read, or undefined when one cannot be: half a list would be another bound. */
function everyOne<Element>(
  list: unknown,
  read: (element: unknown) => Element | undefined,
): Element[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const elements: Element[] = [];
  for (const each of list) {
    const element = read(each);
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return elements;
}

const readPattern = (text: unknown): Pattern | undefined =>
  typeof text === 'string' && patternProblem(text) === undefined ? compilePattern(text) : undefined;

function readRule(rule: unknown): RefRule | undefined {
  if (typeof rule !== 'object' || rule === null || !('pattern' in rule) || !('changes' in rule))
    return undefined;
  if (Object.keys(rule).length > 2) return undefined;
  const pattern = readPattern(rule.pattern);
  const changes = everyOne(rule.changes, (change) => (isRefChange(change) ? change : undefined));
  return pattern && changes && { pattern, changes };
}

export const isRefChange = (change: unknown): change is RefChange =>
  (REF_CHANGES as readonly unknown[]).includes(change);
