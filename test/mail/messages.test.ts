import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { isMailbox, mailTransport } from '../../src/mail/index.ts';
import { writeMessage } from '../../src/mail/messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-mail-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = { address: '192.0.2.7', browser: 'Firefox on Linux' };
const sender = { url: 'https://git.example.org' };

it('a message says who, what, when and where', () => {
  const at = Date.UTC(2026, 10, 1, 12, 30);
  const own = { of: null, replaces: null };
  const facts = {
    username: 'ada',
    kind: 'SSH key',
    label: 'laptop',
    ...own,
    path: '/account/keys',
    at,
    place,
  };
  const { subject, text } = writeMessage('key made', facts, sender);
  expect(subject).toBe('New SSH key at git.example.org');
  expect(text).toContain('2026-11-01 12:30 UTC, with Firefox on Linux from 192.0.2.7');
  expect(text).toContain('The account ada at git.example.org has a new SSH key, “laptop”: 2026');
  expect(text).toContain('https://git.example.org/account/keys');
});

it('of a key that belongs to no account it says to what, and who made it in place of which', () => {
  const facts = { username: 'ada', kind: 'workspace access token', label: 'ci', path: '/', at: 0, place };
  const opening = (of: string | null, replaces: string | null) =>
    writeMessage('key made', { ...facts, of, replaces }, sender).text.split(':')[0];
  expect(opening('the workspace acme', null)).toBe(
    'The workspace acme at git.example.org has a new workspace access token, “ci”, which ada made',
  );
  expect(opening('the workspace acme', 'cred_1')).toMatch(/“ci”, which ada made in place of cred_1$/);
  expect(opening(null, 'cred_1')).toMatch(/^The account ada at .*“ci”, in place of cred_1$/);
});

it('of a pull request it says twenty things at most, each on one line, whoever did them and whatever it is called', () => {
  const who = 'E\r\nve\n\nhello';
  const news = Array.from({ length: 25 }, () => ({ what: 'approved', who, times: 1 }) as const);
  const facts = { repository: 'team/app', number: 7, title: `a\n${'b'.repeat(200)}`, path: '/x', news };
  const { subject, text } = writeMessage('pull request', facts, sender);
  expect(subject).toBe(`Pull request: a ${'b'.repeat(97)}… (team/app #7)`);
  const [first, happened, address, switchedOff, ...rest] = text.split('\n\n');
  expect(first).toBe(`Pull request #7 of team/app at git.example.org, “a ${'b'.repeat(200)}”:`);
  expect(happened?.split('\n')).toEqual([...Array(20).fill('E ve hello approved it.'), 'And 5 more.']);
  expect([address, switchedOff]).toEqual([
    'https://git.example.org/x',
    'Mail about pull requests is switched off at https://git.example.org/account/settings.\n',
  ]);
  expect(rest).toEqual([]);
});

it('nothing that people choose adds a header, a recipient or a paragraph', async () => {
  const transport = mailTransport({
    smtpUrl: undefined,
    smtpPassword: undefined,
    from: 'k@example.org',
    folder,
  });
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('x\r\nBcc: evil@example.net', 'x\n\nhello', 'x\u2028y', '\r\n.\r\nMAIL FROM:<a@b>', '\0'),
  );
  const plain = writeMessage(
    'key made',
    { username: 'ada', kind: 'key', label: 'L', of: 'O', replaces: null, path: '/', at: 0, place },
    sender,
  );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (label, kind) => {
      const facts = { username: 'ada', kind, label, of: label, replaces: null, path: '/', at: 0, place };
      const message = writeMessage('key made', facts, sender);
      expect(message.subject).not.toMatch(/[\p{C}\u2028\u2029]/u);
      expect(message.text.split('\n')).toHaveLength(plain.text.split('\n').length);
      const letter = { id: String(count++), to: 'ada@example.org', createdAt: 0, ...message };
      await transport.deliver(letter, new AbortController().signal);
      const [file = ''] = readdirSync(folder).filter((name) => name.endsWith(`Z-${count - 1}.eml`));
      const raw = readFileSync(join(folder, file), 'utf8');
      const headers = raw.slice(0, raw.indexOf('\n\n')).replace(/\n[ \t]+/g, ' ');
      expect(
        headers
          .split('\n')
          .map((line) => line.replace(/:.*$/, ''))
          .toSorted((one, other) => (one < other ? -1 : 1)),
      ).toEqual([
        'Auto-Submitted',
        'Content-Transfer-Encoding',
        'Content-Type',
        'Date',
        'From',
        'MIME-Version',
        'Message-ID',
        'Subject',
        'To',
        'X-Auto-Response-Suppress',
      ]);
      expect(headers).toMatch(/^To: ada@example\.org$/m);
    }),
    { numRuns: 25 },
  );
  expect(statSync(folder).mode & 0o077).toBe(0);
  expect(readdirSync(folder).every((name) => (statSync(join(folder, name)).mode & 0o077) === 0)).toBe(true);
});

it.each(['a@b', 'jane@example.com', 'jörg@münchen.de', "o'hara+x@example.org"])(
  '%s is a mailbox',
  (address) => expect(isMailbox(address)).toBe(true),
);
it.each([
  '',
  'a',
  'a@b\r\nRCPT TO:<c@d>',
  'a>@b',
  'a,b@c',
  'a@b,c@d',
  'x <a@b>',
  '"a b"@c',
  'a@[::1]',
  `a@${'b'.repeat(254)}`,
])('%j is none', (address) => expect(isMailbox(address)).toBe(false));
