import { expect, it } from 'vitest';
import { endOf, moment } from '../../src/cli/moment.ts';

it.each([
  ['2027-02-28', '2027-02-28T23:59:59.999Z'],
  ['2028-02-29', '2028-02-29T23:59:59.999Z'],
  ['2027-03-31T12:00Z', '2027-03-31T12:00:00.000Z'],
  // The day is that of the zone which is written, and need not be that of UTC.
  ['2027-03-31T23:30-02:00', '2027-04-01T01:30:00.000Z'],
  ['2027-03-01T00:30:15.5+02:00', '2027-02-28T22:30:15.500Z'],
])('%s as an end is %s', (text, at) => {
  expect(new Date(moment(text, 'end')).toISOString()).toBe(at);
});

it('a day alone begins at midnight', () => {
  expect(moment('2027-02-28', 'beginning')).toBe(Date.parse('2027-02-28T00:00:00Z'));
});

it.each([
  '2027-02-31',
  '2027-02-31T12:00Z',
  '2027-02-29T00:00:00+01:00',
  '2027-04-31T23:59:59.999Z',
  '2027-13-01T12:00Z',
  '2027-03-31T12:00',
  '2027-03-31T25:00Z',
  'tomorrow',
])('%s is refused', (text) => {
  expect(() => moment(text, 'end')).toThrow(
    `"${text}" is no date: write it as 2027-03-31 or 2027-03-31T12:00Z.`,
  );
});

it.each([
  [null, null, null, null],
  [5, null, null, 5],
  [5, 3, null, 3],
  [null, null, 2, 2],
  [5, 3, 2, 2],
  // Revoked though it had expired.
  [1, null, 2, 1],
])(
  'what expires at %s, retires at %s and was revoked at %s ends at %s',
  (expiresAt, retiresAt, revokedAt, end) => {
    expect(endOf({ expiresAt, retiresAt, revokedAt })).toBe(end);
  },
);
