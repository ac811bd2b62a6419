import { expect, it } from 'vitest';
import { protocolVersion, pushVersion } from '../../../src/doors/shared/protocol-version.ts';

it.each([
  ['', 0, 0],
  ['version=0', 0, 0],
  ['version=1', 1, 1],
  ['version=2', 2, 0],
  ['version=1:version=2', 2, 0],
  ['something:version=2:else=1', 2, 0],
  ['version=3', 0, 0],
  ['version=20', 0, 0],
  ['Version=2', 0, 0],
  [`version=2:${'x'.repeat(300)}`, 0, 0],
])('%j asks for version %i, and for %i of pushing', (asked, fetching, pushing) => {
  expect([protocolVersion(asked), pushVersion(asked)]).toEqual([fetching, pushing]);
});
