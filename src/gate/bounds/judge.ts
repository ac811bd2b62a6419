import type { PresentTarget } from '../targets.ts';
import type { Bound, BoundKind, HeldBound, RefChange } from './bound.ts';
import { inNetwork, readAddress } from './network.ts';
import { matchesPattern, matchesSegments } from './pattern.ts';
import { inWindow } from './window.ts';

/** What the world is like while a question is decided; nothing in the gate looks at a clock. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Network address of whoever asks, from the socket or a configured proxy; null for who has none. */
  readonly address: string | null;
  /** This use is among those that were counted already. */
  readonly isCounted?: true;
}

/** A bound that does not allow something, with what would be right, in words. */
export interface Violation {
  readonly bound: BoundKind | 'restriction' | 'unknown';
  readonly says: string;
}

const SHOWN = 8;

/** As many as fit into a sentence that Git shows on one line. */
const few = (texts: readonly string[]): string =>
  texts.length <= SHOWN
    ? texts.join(', ')
    : `${texts.slice(0, SHOWN).join(', ')} and ${texts.length - SHOWN} more`;

/** Judges a use as such: from where and when. Uses are counted, and pushes looked into, only after the yes. */
export function judgeUse(bounds: readonly HeldBound[], circumstances: Circumstances): Violation | null {
  const own = circumstances.isCounted === true ? 1 : 0;
  for (const bound of bounds) {
    if (bound.kind === 'networks' && !bound.observe && !isFrom(bound, circumstances.address)) {
      return {
        bound: 'networks',
        says: `it may be used from ${few(bound.networks.map(({ text }) => text)) || 'nowhere'} only, and this came from ${circumstances.address ?? 'no network'}`,
      };
    }
    if (bound.kind === 'time' && !bound.windows.some((window) => inWindow(window, circumstances.now))) {
      return {
        bound: 'time',
        says: `it may be used only in ${few(bound.windows.map(({ text }) => text)) || 'no window of time'}`,
      };
    }
    if (bound.kind === 'uses' && bound.used - own >= bound.limit) return usedUp(bound);
    if (bound.kind === 'unknown') return unknownBound(bound.name);
  }
  return null;
}

/** Says that a counting bound has nothing left. */
export const usedUp = (bound: { readonly kind: 'uses' | 'pushes'; readonly limit: number }): Violation => ({
  bound: bound.kind,
  says:
    bound.kind === 'uses'
      ? `it was good for ${bound.limit} ${bound.limit === 1 ? 'use' : 'uses'}, and they are used up`
      : `it was good for ${bound.limit} ${bound.limit === 1 ? 'push' : 'pushes'}, and has pushed`,
});

/** Judges a push as such, on top of its use: whether one is left. */
export function judgePush(bounds: readonly HeldBound[]): Violation | null {
  const spent = bounds.find((bound) => bound.kind === 'pushes' && bound.used >= bound.limit);
  return spent?.kind === 'pushes' ? usedUp(spent) : null;
}

/** The networks bounds in observe mode that would have refused: for the record, not for the decision. */
export const observedViolations = (bounds: readonly HeldBound[], address: string | null): Bound[] =>
  bounds.filter(
    (bound): bound is Bound => bound.kind === 'networks' && bound.observe && !isFrom(bound, address),
  );

function isFrom(bound: Bound & { kind: 'networks' }, text: string | null): boolean {
  const address = text === null ? undefined : readAddress(text);
  return address !== undefined && bound.networks.some((network) => inNetwork(network, address));
}

const unknownBound = (name: string): Violation => ({
  bound: 'unknown',
  says: `it carries a bound "${name}" that this version of the host cannot judge`,
});

/**
 * Judges what is acted on. A list passes for every workspace: what it shows is confined by its visibility.
 */
export function judgeTarget(
  bounds: readonly HeldBound[],
  target: PresentTarget,
  lists: boolean,
): Violation | null {
  for (const bound of bounds) {
    if (bound.kind === 'repositories' && !containsTarget(bound, target, lists)) {
      return {
        bound: 'repositories',
        says: `it is confined to chosen repositories, and this is none of them`,
      };
    }
  }
  return null;
}

function containsTarget(
  bound: Bound & { kind: 'repositories' },
  target: PresentTarget,
  lists: boolean,
): boolean {
  switch (target.type) {
    case 'repository':
      return (
        bound.repositories.includes(target.id) ||
        bound.projects.includes(target.projectId) ||
        bound.workspaces.includes(target.workspace.id)
      );
    case 'workspace':
      return lists || bound.workspaces.includes(target.id);
    case 'account':
    case 'host':
      return true;
  }
}

/**
 * Judges one ref of a push. Within a bound, deny wins over allow, and a change is allowed when any of the patterns that
 * match the ref permits it; all bounds must allow.
 */
export function judgeRefChange(
  bounds: readonly HeldBound[],
  ref: string,
  change: RefChange,
): Violation | null {
  for (const bound of bounds) {
    if (bound.kind === 'unknown') return unknownBound(bound.name);
    if (bound.kind !== 'refs') continue;
    const denied = bound.deny.find((pattern) => matchesPattern(pattern, ref));
    if (denied !== undefined)
      return { bound: 'refs', says: `it may not change refs that match ${denied.text}` };
    // A bound of denials alone confines to everything else.
    if (bound.allow.length === 0 && bound.deny.length > 0) continue;
    const matching = bound.allow.filter(({ pattern }) => matchesPattern(pattern, ref));
    if (matching.length === 0) {
      return {
        bound: 'refs',
        says: `it may change only ${few(bound.allow.map(({ pattern }) => pattern.text)) || 'no ref'}`,
      };
    }
    if (!matching.some(({ changes }) => changes.includes(change))) {
      const permitted = [...new Set(matching.flatMap(({ changes }) => changes))].join(', ');
      return {
        bound: 'refs',
        says: `on ${ref} it may ${permitted || 'do nothing'}, and this would ${change}`,
      };
    }
  }
  return null;
}

/** Judges one path that a push changes. */
export function judgePath(bounds: readonly HeldBound[], path: string): Violation | null {
  const names = path.split('/');
  for (const bound of bounds) {
    if (bound.kind === 'unknown') return unknownBound(bound.name);
    if (bound.kind !== 'paths') continue;
    const denied = bound.deny.find((pattern) => matchesSegments(pattern, names));
    if (denied !== undefined)
      return { bound: 'paths', says: `it may not change files that match ${denied.text}` };
    if (bound.allow.length === 0 && bound.deny.length > 0) continue;
    if (!bound.allow.some((pattern) => matchesSegments(pattern, names))) {
      return {
        bound: 'paths',
        says: `it may change only files that match ${few(bound.allow.map(({ text }) => text)) || 'nothing'}`,
      };
    }
  }
  return null;
}

/** The most bytes that a push may bring, or null where nothing limits it. */
export function pushLimit(bounds: readonly HeldBound[]): number | null {
  const limits = bounds.flatMap((bound) => (bound.kind === 'size' ? [bound.maximumBytes] : []));
  return limits.length === 0 ? null : Math.min(...limits);
}

export const mustCommitAsSelf = (bounds: readonly HeldBound[]): boolean =>
  bounds.some(({ kind }) => kind === 'author');

export const confinesPaths = (bounds: readonly HeldBound[]): boolean =>
  bounds.some(({ kind }) => kind === 'paths');
