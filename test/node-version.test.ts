import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tooOld } from '../src/node-version.ts';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  engines: { node: string };
};

test('a Node.js that is too old is told, by what package.json asks for', () => {
  const oldest = engines.node.replace('>=', '');
  for (const version of ['20.20.2', '24.9.0', '24.14.9', '9.99.99'])
    expect(tooOld(version), version).toMatch(`needs Node.js ${oldest} or newer, and this is ${version}.`);
  for (const version of [`${oldest}.0`, '24.21.0', '25.0.0', '26.1.0', '100.0.0', '25.0.0-nightly'])
    expect(tooOld(version), version).toBeUndefined();
});
