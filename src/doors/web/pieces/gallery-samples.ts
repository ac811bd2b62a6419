import type { CommitLineProps } from './commit-line.ts';
import type { CredentialLineProps } from './credential-line.ts';
import type { FileEntry } from './file-listing.ts';
import type { RailProps } from './rail.ts';
import type { ScopeChipProps } from './scope-chip.ts';

export const sampleTime = new Date('2026-11-22T12:00:00Z');
const ago = (hours: number): Date => new Date(sampleTime.getTime() - hours * 3_600_000);

export const samplePage = {
  user: { username: 'ada', displayName: 'Ada Lovelace' },
  workspaces: [
    { slug: 'team', name: 'The Engine Team' },
    { slug: 'ada', name: 'Ada’s own' },
  ],
  workspace: 'team',
  breadcrumbs: [
    { label: 'team', href: '#team' },
    { label: 'app', href: '#app' },
  ],
  tabs: [
    { label: 'Source', href: '#source', current: true },
    { label: 'Commits', href: '#commits' },
    { label: 'Branches', href: '#branches', count: 4 },
    { label: 'Wiki', href: '#wiki' },
    { label: 'Settings', href: '#settings' },
  ],
} as const;

export const sampleRail: RailProps = {
  title: 'Repository settings',
  groups: [
    {
      items: [
        { label: 'General', href: '#general' },
        { label: 'People and groups', href: '#people' },
      ],
    },
    {
      label: 'Security',
      items: [
        { label: 'Access tokens', href: '#tokens', current: true },
        { label: 'Access keys', href: '#keys' },
      ],
    },
  ],
};

const read: ScopeChipProps = {
  name: 'repository',
  meaning: 'Clone and fetch, read files, commits and branches.',
};
const write: ScopeChipProps = {
  name: 'repository:write',
  meaning: 'Push to repositories.',
  implies: ['repository'],
};
const remove: ScopeChipProps = { name: 'repository:delete', meaning: 'Delete repositories.', strong: true };
const wiki: ScopeChipProps = { name: 'wiki', meaning: 'Clone and push wikis.' };
export const sampleScopes = [read, write, remove, wiki];

const days = Array.from({ length: 30 }, (_, day) => (day % 7 > 4 ? 0 : ((day * 7919) % 23) * (day % 3) + 1));
const idle = days.map(() => 0);

export const sampleCredentials: readonly CredentialLineProps[] = [
  {
    mark: 'app-password',
    label: 'nightly build',
    href: '#nightly',
    publicId: 'cred_7Qm2XcP0aV',
    created: { at: ago(2000) },
    scopes: [read, write],
    bounds: 'Only team/app, only branch release/*, only from 10.0.0.0/8.',
    lastUsed: { at: ago(0.3), from: 'git 2.47 from 10.4.1.7' },
    days,
    expires: new Date('2027-02-20T00:00:00Z'),
    state: 'active',
    now: sampleTime,
  },
  {
    mark: 'access-token',
    label: 'Deploy to staging',
    publicId: 'cred_Kd83hPzWq1',
    created: { at: ago(400), by: 'Grace Hopper' },
    scopes: [read, wiki],
    bounds: 'Only team/app.',
    lastUsed: { at: ago(50), from: 'curl 8.11 from 192.0.2.14' },
    days: days.map((uses, day) => (day > 24 ? uses : 0)),
    expires: ago(-100),
    state: 'retiring',
    now: sampleTime,
  },
  {
    mark: 'api-token',
    label: 'Old migration script with a rather long name',
    publicId: 'cred_0aBcDeFgHi',
    scopes: [read, write, remove],
    lastUsed: null,
    days: idle,
    expires: null,
    state: 'active',
    now: sampleTime,
  },
  {
    mark: 'ssh-key',
    label: 'laptop',
    publicId: 'cred_ZyXwVuTsRq',
    scopes: [],
    bounds: 'Everything you may do over SSH.',
    lastUsed: { at: ago(30) },
    days: idle,
    expires: null,
    state: 'paused',
    now: sampleTime,
  },
  {
    mark: 'oauth',
    label: 'Build dashboard',
    publicId: 'cred_mNoPqRsTuV',
    scopes: [read],
    lastUsed: { at: ago(900) },
    days: idle,
    expires: ago(100),
    state: 'expired',
    now: sampleTime,
  },
];

export const sampleFiles: readonly FileEntry[] = [
  {
    name: 'docs',
    kind: 'directory',
    href: '#docs',
    lastCommit: {
      message: 'Say what a scope opens, with examples for every client that was tried',
      href: '#c1',
      at: ago(5),
    },
  },
  {
    name: 'src',
    kind: 'directory',
    href: '#src',
    lastCommit: { message: 'Decide pushes three times', href: '#c2', at: ago(26) },
  },
  {
    name: 'vendor',
    kind: 'submodule',
    lastCommit: { message: 'Pin the vendored parser', href: '#c3', at: ago(900) },
  },
  { name: 'latest', kind: 'link', href: '#latest' },
  {
    name: 'README.md',
    kind: 'file',
    href: '#readme',
    lastCommit: { message: 'Start the project', href: '#c4', at: ago(2600) },
  },
];

export const sampleCommits: readonly CommitLineProps[] = [
  {
    hash: '4f2a91c07be3d6a1509b',
    href: '#c1',
    subject: 'Say what a scope opens, with examples for every client that was tried',
    author: { name: 'Ada Lovelace', username: 'ada', href: '#ada' },
    at: ago(5),
    now: sampleTime,
    refs: { names: ['main', 'v1.2.0'], more: 97 },
  },
  {
    hash: 'a90be77d12c4ffe8b3aa',
    href: '#c2',
    subject: 'Decide pushes three times',
    author: { name: 'Deploy to staging', username: 'bot-kd83' },
    at: ago(26),
    now: sampleTime,
  },
];

export const sampleCode = `import { createServer } from 'node:http';

/** Answers every request with the time,
    and nothing else. */
export async function start(port: number = 7990): Promise<void> {
  const greeting = \`It is \${new Date().toISOString()}
and all is well.\`;
  createServer((_request, response) => {
    if (port < 1024) throw new RangeError("ports below 1024 are for root");
    response.end(greeting); // closes the connection
  }).listen(port);
}
`;

export const sampleDiff = `diff --git a/src/server.ts b/src/server.ts
index 83db48f..bf269f4 100644
--- a/src/server.ts
+++ b/src/server.ts
@@ -1,5 +1,6 @@ export function start
 import { createServer } from 'node:http';
 
-const port = 80;
+const port = 7990;
+const host = '127.0.0.1';
 createServer().listen(port);
 // the end
\\ No newline at end of file
diff --git a/logo.png b/logo.png
new file mode 100644
Binary files /dev/null and b/logo.png differ
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
`;

export const sampleMarkdown = `# Engine

Weaves **algebraic patterns**, see [the notes](docs/notes.md) and \`engine --help\`.

- [x] Mill
- [ ] Store
  - the [reading list](https://example.org/list)

> Markup such as <b>this</b> is shown, not obeyed.

| Part | Cards |
|---|---:|
| Operation | 12 |
| Variable | 40 |

\`\`\`sh
git clone https://git.example.org/team/app.git   # with your key
\`\`\`
`;
