import type { HeldBound } from './bound.ts';

const list = (texts: readonly string[], none: string): string =>
  texts.length === 0 ? none : texts.join(', ');

const spent = (used: number): string => (used === 0 ? '' : ` (${used} used)`);

/** A bound in plain words, as lists, pages and refusals show it. `nameOf` turns ids into names that the reader may see. */
export function describeBound(bound: HeldBound, nameOf: (id: string) => string = (id) => `{${id}}`): string {
  switch (bound.kind) {
    case 'repositories': {
      const parts = [
        ...bound.workspaces.map((id) => `workspace ${nameOf(id)}`),
        ...bound.projects.map((id) => `project ${nameOf(id)}`),
        ...bound.repositories.map((id) => nameOf(id)),
      ];
      return `only ${list(parts, 'no repository')}`;
    }
    case 'refs': {
      const allowed = bound.allow.map(
        ({ pattern, changes }) => `${pattern.text} (${list(changes, 'nothing')})`,
      );
      const denied =
        bound.deny.length === 0 ? '' : `, never ${bound.deny.map(({ text }) => text).join(', ')}`;
      return `pushes to ${list(allowed, bound.deny.length === 0 ? 'no ref' : 'any ref')}${denied}`;
    }
    case 'paths': {
      const allowed = bound.allow.map(({ text }) => text);
      const denied =
        bound.deny.length === 0 ? '' : `, never ${bound.deny.map(({ text }) => text).join(', ')}`;
      return `pushes change ${list(allowed, bound.deny.length === 0 ? 'no file' : 'any file')}${denied}`;
    }
    case 'networks': {
      const from = `from ${list(
        bound.networks.map(({ text }) => text),
        'nowhere',
      )}`;
      return bound.observe ? `${from} (observed, not refused)` : `only ${from}`;
    }
    case 'time':
      return `only ${list(
        bound.windows.map(({ text }) => text),
        'at no time',
      )}`;
    case 'uses':
      return `at most ${bound.limit} ${bound.limit === 1 ? 'use' : 'uses'}${spent(bound.used)}`;
    case 'pushes':
      return `at most ${bound.limit} ${bound.limit === 1 ? 'push' : 'pushes'}${spent(bound.used)}`;
    case 'size':
      return `at most ${inBytes(bound.maximumBytes)} in a push`;
    case 'author':
      return 'commits only as itself';
    case 'unknown':
      return `a bound "${bound.name}" that this version cannot judge: refused everywhere`;
  }
}

const UNITS = ['GB', 'MB', 'KB'] as const;

/** As a field takes it: in the largest unit of 1024 bytes, and so on, that it is a whole number of. */
function inBytes(bytes: number): string {
  for (const [index, unit] of UNITS.entries()) {
    const size = 1024 ** (UNITS.length - index);
    if (bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return bytes === 1 ? '1 byte' : `${bytes.toLocaleString('en')} bytes`;
}
