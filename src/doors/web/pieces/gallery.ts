import { highlight } from '../highlight.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import {
  sampleCode,
  sampleCommits,
  sampleCredentials,
  sampleDiff,
  sampleFiles,
  sampleMarkdown,
  samplePage,
  sampleRail,
  sampleScopes,
  sampleTime,
} from './gallery-samples.ts';
import * as pieces from './index.ts';

/** Every piece in all its states on one page, for whoever works on them. */
export async function piecesGallery(theme: pieces.Theme = 'system'): Promise<Html> {
  const code = await highlight(sampleCode, { filename: 'server.ts' });
  const sections: readonly (readonly [title: string, body: Html])[] = [
    ['Notices', notices()],
    ['Buttons and confirmation', confirmation()],
    ['Fields', fieldStates()],
    ['Parts of a long form', parts()],
    // What they mean stands once on a page: with the credentials below.
    ['Scopes', pieces.scopeNames(sampleScopes)],
    ['Credentials', pieces.credentialList('Sample credentials', sampleCredentials)],
    ['A secret, once', secret()],
    ['Tables', tables()],
    ['Empty', emptyTable()],
    ['Picture', picture()],
    [
      'Clone',
      html`<div class="row">${pieces.cloneBox({ lines: cloneLines, help: 'The user name may be anything that names your key.' })}</div>`,
    ],
    ['Files', pieces.fileListing({ entries: sampleFiles, parentHref: '#up', now: sampleTime })],
    ['Commits', pieces.commitList(sampleCommits)],
    [
      'Code',
      html`${pieces.codeView({ filename: 'server.ts', lines: code.lines })}${pieces.codeView({ filename: 'capped.ts', lines: code.lines, mostLines: 3, anchor: 'capped-', rawHref: '#raw' })}${pieces.codeView({ filename: 'empty', lines: [] })}`,
    ],
    [
      'Differences',
      pieces.diffView({ files: pieces.parseUnifiedDiff(sampleDiff), fileHref: (path) => `#${path}` }),
    ],
    ['Markdown', await renderMarkdown(sampleMarkdown, { headingOffset: 2, resolve: ({ url }) => `#${url}` })],
    ['Facts', facts()],
    [
      'Errors',
      pieces.errorBody({
        status: 404,
        heading: 'There is nothing here',
        headingLevel: 3,
        why: 'It may have been moved, or it is private.',
        whatToDo: 'Check the address, or sign in if it should be yours.',
        actions: [
          { label: 'Sign in', href: '/login' },
          { label: 'To the start', href: '/' },
        ],
        requestId: '7f3a9c',
      }),
    ],
  ];
  return pieces.page({
    ...samplePage,
    title: 'Pieces',
    width: 'full',
    theme,
    path: '/-/pieces',
    rail: sampleRail,
    body: html`${pieces.pageHead({ title: 'Pieces', lead: 'What every page is made of, each in all its states.', actions: html`<a class="button" href="#main">A button</a>` })}${sections.map(
      ([title, body]) => html`<section class="stack"><h2>${title}</h2>${body}</section>`,
    )}`,
  });
}

const cloneLines = [
  { label: 'HTTPS', text: 'git clone https://git.example.org/team/app.git' },
  { label: 'Wiki', text: 'git clone https://git.example.org/team/app.git/wiki' },
];

function notices(): Html {
  return html`${pieces.notice({ kind: 'info', body: 'This workspace asks for an expiry on every access token.' })}
${pieces.notice({ kind: 'success', body: 'The app password “nightly build” is revoked.' })}
${pieces.notice({ kind: 'warning', body: 'This key does not expire. Most keys should.' })}
${pieces.notice({ kind: 'danger', title: 'Not saved', body: 'A repository of this name exists already.' })}`;
}

function confirmation(): Html {
  const props = {
    title: 'Revoke “nightly build”?',
    consequences: [
      '3 clients used this key in the last hour. They will be refused from now on.',
      'A revoked key cannot be brought back.',
    ],
    action: '#revoke',
    submitLabel: 'Revoke',
    danger: true,
    pageHref: '#confirm',
    cancelHref: '#list',
  };
  return html`<div class="row"><button class="button button-primary" type="button">Create app password</button><button class="button" type="button">Rename</button><button class="button button-danger" type="button">Delete repository</button><button class="button button-quiet" type="button">Cancel</button>${pieces.confirmOpener(props, 'Revoke with a question')}</div>${pieces.confirmBody(props)}`;
}

function fieldStates(): Html {
  return pieces.form({
    action: '#form',
    error: 'Nothing was created: one field needs another look.',
    fields: [
      {
        kind: 'text',
        name: 'label',
        label: 'Label',
        help: 'What will use it? You will read this name when you decide whether to revoke it.',
        value: 'nightly build',
        required: true,
      },
      {
        kind: 'text',
        name: 'slug',
        label: 'Address',
        value: 'my app',
        code: true,
        required: true,
        error: 'An address holds letters, digits, dots, dashes and underscores: “my-app” would do.',
      },
      {
        kind: 'secret',
        name: 'password',
        label: 'Password',
        autocomplete: 'current-password',
        required: true,
      },
      {
        kind: 'text',
        name: 'project',
        label: 'Project',
        help: 'There are 2,001: type the key of one, or letters of its name to find it.',
        value: 'PAY',
        code: true,
        suggestions: [
          { value: 'PAY', label: 'Payments (PAY)' },
          { value: 'SHOP', label: 'Shop (SHOP)' },
        ],
      },
      { kind: 'file', name: 'files', label: 'Files', help: 'At most 2.0 GB at a time.', multiple: true },
      { kind: 'date', name: 'expires', label: 'Expires on', value: '2027-01-31' },
      {
        kind: 'select',
        name: 'role',
        label: 'Role',
        value: 'write',
        required: true,
        options: [
          { value: 'read', label: 'Read' },
          { value: 'write', label: 'Write' },
          { value: 'admin', label: 'Admin' },
        ],
      },
      {
        kind: 'textarea',
        name: 'description',
        label: 'Description',
        value: 'Builds every night,\nfrom main.',
      },
      {
        kind: 'checkbox',
        name: 'private',
        label: 'Private',
        help: 'Only people and keys that were given access can see it.',
        checked: true,
      },
      {
        kind: 'checkboxes',
        name: 'scopes',
        label: 'Repositories',
        required: true,
        values: ['repository'],
        error: 'Choose at least one.',
        options: [
          {
            value: 'repository',
            label: html`<code>repository</code>`,
            help: 'Clone and fetch, read files, commits and branches.',
          },
          {
            value: 'repository:write',
            label: html`<code>repository:write</code>`,
            help: 'Push. Also gives repository.',
          },
          {
            value: 'repository:delete',
            label: html`<code>repository:delete</code>`,
            help: 'Not allowed by this workspace.',
            disabled: true,
          },
        ],
      },
      {
        kind: 'radios',
        name: 'until',
        label: 'Until when?',
        required: true,
        values: ['90'],
        options: [
          { value: '30', label: '30 days' },
          { value: '90', label: '90 days' },
          { value: 'never', label: 'No end', help: 'Somebody has to remember this key.' },
        ],
      },
    ],
    submit: { label: 'Create app password', cancelHref: '#list' },
  });
}

function parts(): Html {
  return pieces.withAside(
    html`${pieces.part({ title: 'What will use it?', summary: 'nightly build', body: pieces.field({ kind: 'text', name: 'part-label', label: 'Label', value: 'nightly build', required: true }) })}${pieces.part(
      {
        title: 'What may it do?',
        summary: 'repository:write',
        open: true,
        body: pieces.field({
          kind: 'checkboxes',
          name: 'tasks',
          label: 'Tasks',
          values: ['push'],
          options: [
            { value: 'clone', label: 'Clone and fetch' },
            {
              value: 'push',
              label: 'Push to branches',
              asks: pieces.field({
                kind: 'textarea',
                name: 'branches',
                label: 'Which branches?',
                help: 'One a line.',
                value: 'release/*',
                rows: 2,
                code: true,
              }),
            },
          ],
        }),
      },
    )}`,
    html`<h3>This key</h3><p>It may clone or fetch a repository and push to it; pushes to refs/heads/release/* (create, fast-forward); until 2027-02-20 23:59 UTC.</p>`,
  );
}

function secret(): Html {
  const value = 'lkap_SampleOnlyNotASecret00000000000000000000';
  return pieces.secretBox({
    kind: 'App password',
    label: 'nightly build',
    secret: value,
    publicId: 'cred_7Qm2Xc',
    lines: [
      { label: 'Git', text: `git clone https://ada:${value}@git.example.org/team/app.git` },
      { label: 'curl', text: `curl --user ada:${value} https://git.example.org/2.0/user` },
    ],
    doneHref: '#list',
  });
}

function tables(): Html {
  const rows = [
    ['Ada Lovelace', 'admin', 41],
    ['Grace Hopper', 'write', 1280],
    ['Linus', 'read', 0],
  ] as const;
  return pieces.table({
    caption: 'People',
    columns: [
      { label: 'Name', cell: (row) => row[0], sort: { href: '#name', direction: 'ascending' } },
      { label: 'Role', cell: (row) => row[1] },
      {
        label: 'Pushes',
        cell: (row) => row[2].toLocaleString('en'),
        align: 'end',
        sort: { href: '#pushes' },
      },
      {
        label: 'Actions',
        quietLabel: true,
        align: 'end',
        cell: (row) =>
          html`<a class="button button-small" href="#edit">Change role<span class="hidden-words"> of ${row[0]}</span></a>`,
      },
    ],
    rows,
    empty: html``,
    pages: { summary: '1–3 of 7', next: '#next' },
  });
}

function emptyTable(): Html {
  return pieces.table({
    caption: 'App passwords',
    columns: [],
    rows: [],
    empty: pieces.emptyState({
      title: 'No app passwords yet',
      body: 'An app password lets one script or tool work with your repositories, with as little as it needs. You can take it away at any time.',
      action: { label: 'Create app password', href: '#new' },
    }),
  });
}

function picture(): Html {
  const values = [120, 180, 412, 260, 190, 0, 0, 140, 210, 305, 288, 160, 12, 0];
  return pieces.picture({
    id: 'uses',
    title: 'Requests in the last 14 days',
    description: 'Busiest on the third day with 412 requests; quiet at weekends.',
    unit: 'Requests',
    bars: values.map((value, index) => ({ label: `${index + 9} Nov`, value })),
  });
}

function facts(): Html {
  return pieces.facts([
    { name: 'Author', value: 'Ada Lovelace' },
    { name: 'Commit', value: html`<code>4f2a91c07be3</code>` },
    { name: 'When', value: pieces.time({ at: new Date(sampleTime.getTime() - 7200_000), now: sampleTime }) },
  ]);
}
