import {
  compilePattern,
  isRefChange,
  patternProblem,
  readNetwork,
  readWindow,
  REF_CHANGES,
  USUAL_CHANGES,
  type Bound,
  type Pattern,
  type RefRule,
} from '../gate/index.ts';
import { invalid } from '../problem.ts';

const MOST_PATTERNS = 200;
const PUSHABLE = ['refs/heads/', 'refs/tags/', 'refs/notes/'];

/** What somebody asked for, as forms, the API and the command line give it. An absent member confines nothing. */
export interface BoundsInput {
  /** Ids. */
  readonly workspaces?: readonly string[];
  readonly projects?: readonly string[];
  readonly repositories?: readonly string[];
  /** `PATTERN` or `PATTERN:create,fast-forward,force,delete`. */
  readonly refs?: readonly string[];
  readonly deniedRefs?: readonly string[];
  readonly paths?: readonly string[];
  readonly deniedPaths?: readonly string[];
  /** Networks or single addresses. */
  readonly networks?: readonly string[];
  /** Record what the networks would have refused, and refuse nothing. */
  readonly observe?: boolean;
  /** `Mon-Fri 22:00-04:00 Europe/Berlin`. */
  readonly windows?: readonly string[];
  readonly uses?: number;
  readonly pushes?: number;
  readonly maximumBytes?: number;
  readonly authorSelf?: boolean;
}

/** One layer of bounds. Throws `Problem` with the field and what would be right, for anything that could not be judged later. */
export function chooseBounds(input: BoundsInput): readonly Bound[] {
  return [
    repositories(input),
    refs(input),
    paths(input),
    networks(input),
    windows(input),
    counted('uses', 'uses', input.uses),
    counted('pushes', 'pushes', input.pushes),
    size(input),
    input.authorSelf === true ? { kind: 'author' } : undefined,
  ].filter((bound): bound is Bound => bound !== undefined);
}

const some = (list: readonly string[] | undefined): list is readonly string[] =>
  list !== undefined && list.length > 0;

function repositories({ workspaces, projects, repositories: chosen }: BoundsInput): Bound | undefined {
  if (!some(workspaces) && !some(projects) && !some(chosen)) return undefined;
  return {
    kind: 'repositories',
    workspaces: [...new Set(workspaces)],
    projects: [...new Set(projects)],
    repositories: [...new Set(chosen)],
  };
}

/**
 * What a key for certain files may do to refs where nothing is said of them. Deleting takes all files of a ref away, and
 * a ref that was deleted could be made anew with any of the trees that are there: that has to be asked for by name.
 */
const WITH_PATHS: Bound & { kind: 'refs' } = {
  kind: 'refs',
  allow: [{ pattern: compilePattern('refs/**'), changes: ['create', 'fast-forward', 'force'] }],
  deny: [],
};

function refs(input: BoundsInput): Bound | undefined {
  const { refs: allowed, deniedRefs: denied } = input;
  const confinesPaths = some(input.paths) || some(input.deniedPaths);
  if (!some(allowed) && !some(denied)) return confinesPaths ? WITH_PATHS : undefined;
  if (confinesPaths && !some(allowed)) {
    return { ...WITH_PATHS, deny: (denied ?? []).map((text) => refPattern(text)) };
  }
  refuseTooMany('ref', allowed, denied);
  return {
    kind: 'refs',
    allow: (allowed ?? []).map(refRule),
    deny: (denied ?? []).map((text) => refPattern(text)),
  };
}

/** A colon cannot stand in the name of a ref (git-check-ref-format), so the last one parts pattern and changes. */
function refRule(text: string): RefRule {
  const [pattern = '', changes, ...rest] = text.split(':');
  if (rest.length > 0)
    throw invalid('ref', `"${text}" has more than one colon: write PATTERN:create,fast-forward.`);
  const named = changes === undefined ? USUAL_CHANGES : changes.split(',').map((change) => change.trim());
  return {
    pattern: refPattern(pattern),
    changes: named.map((change) => {
      if (isRefChange(change)) return change;
      throw invalid('ref', `"${change}" is no change of a ref: the changes are ${REF_CHANGES.join(', ')}.`);
    }),
  };
}

function refPattern(text: string): Pattern {
  const problem = patternProblem(text);
  if (problem !== undefined)
    throw invalid('ref', `The pattern "${text.slice(0, 100)}" cannot be used: ${problem}.`);
  if (!PUSHABLE.some((prefix) => text.startsWith(prefix)) && text !== 'refs/**') {
    throw invalid(
      'ref',
      text.startsWith('refs/')
        ? `The pattern "${text}" matches no ref that can be pushed: those begin with refs/heads/, refs/tags/ or refs/notes/. All of them are refs/**.`
        : `The pattern "${text}" matches no ref that can be pushed: write refs/heads/${text} for a branch or refs/tags/${text} for a tag.`,
    );
  }
  return compilePattern(text);
}

function paths({ paths: allowed, deniedPaths: denied }: BoundsInput): Bound | undefined {
  if (!some(allowed) && !some(denied)) return undefined;
  refuseTooMany('path', allowed, denied);
  const pattern = (text: string): Pattern => {
    const problem = patternProblem(text);
    if (problem !== undefined)
      throw invalid('path', `The pattern "${text.slice(0, 100)}" cannot be used: ${problem}.`);
    return compilePattern(text);
  };
  return { kind: 'paths', allow: (allowed ?? []).map(pattern), deny: (denied ?? []).map(pattern) };
}

function refuseTooMany(field: string, ...lists: readonly (readonly string[] | undefined)[]): void {
  const count = lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
  if (count > MOST_PATTERNS) {
    throw invalid(
      field,
      `A credential carries at most ${MOST_PATTERNS} patterns; ${count} were given. Say it with "*" and "**".`,
    );
  }
}

function networks({ networks: list, observe }: BoundsInput): Bound | undefined {
  if (!some(list)) {
    if (observe === true)
      throw invalid('from', 'Observing needs networks to observe: give them with --from.');
    return undefined;
  }
  refuseTooMany('from', list);
  return {
    kind: 'networks',
    networks: list.map((text) => {
      const network = readNetwork(text.trim());
      if (network !== undefined) return network;
      throw invalid(
        'from',
        `"${text.slice(0, 100)}" is no network: write an address or a prefix without bits behind it, such as 192.0.2.0/24 or 2001:db8::/32.`,
      );
    }),
    observe: observe === true,
  };
}

function windows({ windows: list }: BoundsInput): Bound | undefined {
  if (!some(list)) return undefined;
  refuseTooMany('window', list);
  return {
    kind: 'time',
    windows: list.map((text) => {
      const window = readWindow(text.trim());
      if (window !== undefined) return window;
      throw invalid(
        'window',
        `"${text.slice(0, 100)}" is no window of time: write days, hours and a zone, such as Mon-Fri 22:00-04:00 Europe/Berlin.`,
      );
    }),
  };
}

function counted(kind: 'uses' | 'pushes', field: string, limit: number | undefined): Bound | undefined {
  if (limit === undefined) return undefined;
  if (!Number.isSafeInteger(limit) || limit < 1) throw invalid(field, 'Give a whole number of at least 1.');
  return { kind, limit, used: 0 };
}

function size({ maximumBytes }: BoundsInput): Bound | undefined {
  if (maximumBytes === undefined) return undefined;
  if (!Number.isSafeInteger(maximumBytes) || maximumBytes < 1) {
    throw invalid('max-bytes', 'Give the most bytes of a push as a whole number of at least 1.');
  }
  return { kind: 'size', maximumBytes };
}
