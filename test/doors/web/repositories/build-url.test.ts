import { expect, it } from 'vitest';
import { filledUrl } from '../../../../src/doors/web/repositories/build-url.ts';

const HASH = 'a'.repeat(40);
const repository = {
  id: 'r-1',
  slug: 'app',
  workspace: { id: 'w-1', slug: 'team', name: 'Team', requiresTwoStep: false },
};

it.each([
  ['https://foo.com/builds/{repository.full_name}', 'https://foo.com/builds/team/app'],
  ['https://foo.com/{commit.hash}?r={repository.uuid}', `https://foo.com/${HASH}?r=%7Br-1%7D`],
  [
    'https://{repository.owner.username}.foo.com/{repository.slug}/{repository.slug}',
    'https://team.foo.com/app/app',
  ],
  ['https://foo.com/{repository.owner.uuid}', 'https://foo.com/%7Bw-1%7D'],
  // What is not there stays, whatever it is called.
  ...['{user.uuid}', '{constructor}', '{}', '{repository}', '{{x}}', '%7Bcommit.hash%7D', '$&'].map(
    (text) => [`https://foo.com/${text}`, `https://foo.com/${text}`],
  ),
])('%s leads to %s', (url, expected) => {
  expect(filledUrl(url, repository, HASH)).toBe(expected);
});
