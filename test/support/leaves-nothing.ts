import { afterAll, expect } from 'vitest';

/**
 * What a test file must not leave changed where the next one runs in the same process. Names, without values: these may
 * be secrets of whoever runs the tests.
 */
const changed = (): string[] => {
  const names = new Set([...Object.keys(environment), ...Object.keys(process.env)]);
  return [
    ...[...names].filter((name) => process.env[name] !== environment[name]),
    ...(process.umask() === umask ? [] : ['umask']),
    ...(process.cwd() === folder ? [] : ['working folder']),
  ];
};

const environment = { ...process.env };
const umask = process.umask();
const folder = process.cwd();

afterAll(() => expect(changed(), 'what this file changed of its process, which others share').toEqual([]));
