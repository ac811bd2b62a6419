import { expect, it } from 'vitest';
import { placeToImportFrom } from '../../src/cli/place-to-import-from.ts';

it.each([
  '/srv/app.git',
  './app.git',
  'https://git.example.com/team/app.git',
  'ssh://git@[::1]:22/app.git',
  'ext::sh -c id',
  'file:/srv/app.git',
  'https:/git.example.com/app.git',
  'C:/app.git',
  'c:\\app.git',
])('%s is left to the import', (typed) => {
  expect(placeToImportFrom(typed)).toBe(typed);
});

it.each([
  [
    'git@git.example.com:team/app.git',
    'ssh://git@git.example.com/team/app.git, or ssh://git@git.example.com/~/team/app.git where it lies in the home folder of that user.',
  ],
  ['git.example.com:/srv/app.git', 'ssh://git.example.com/srv/app.git.'],
  ['git.example.com:~ada/app.git', 'ssh://git.example.com/~ada/app.git.'],
  ['git@[::1]:/srv/app.git', 'ssh://git@[::1]/srv/app.git.'],
])('%s is to be written as a URL', (typed, says) => {
  expect(() => placeToImportFrom(typed)).toThrow(`Write the address to import from as a URL: ${says}`);
});

it('nothing is no place', () => {
  expect(() => placeToImportFrom(' ')).toThrow('Name behind --import what to import');
});
