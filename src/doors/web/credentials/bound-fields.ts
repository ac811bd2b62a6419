import { CREDENTIAL_KINDS, type CredentialKind } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { field, part, type FieldProps } from '../pieces/index.ts';
import { errorIn } from '../respond.ts';
import { linesOf, WHERE_TEXTS, type BoundText, type BoundTick, type TypedBounds } from './typed-bounds.ts';

interface LinesField {
  readonly name: BoundText;
  readonly label: string;
  readonly help: Renderable;
  readonly rows?: number;
}

const REPOSITORIES: readonly LinesField[] = [
  {
    name: 'repository',
    label: 'Only these repositories',
    help: html`One a line, as <code>workspace/name</code>. They are remembered as what they are, not by name: a repository that is renamed stays open.`,
  },
  {
    name: 'project',
    label: 'Only repositories of these projects',
    help: html`One a line, as <code>workspace/KEY</code>; also what comes into them later.`,
    rows: 2,
  },
  {
    name: 'workspace',
    label: 'Only these workspaces',
    help: html`One a line, by the name in its address.`,
    rows: 2,
  },
];

/** What a key of this kind can be confined to within what it opens; the others open one repository. */
const CONFINED_TO: { readonly [Kind in CredentialKind]?: readonly BoundText[] } = {
  app_password: ['repository', 'project', 'workspace'],
  api_token: ['repository', 'project', 'workspace'],
  project_access_token: ['repository'],
  workspace_access_token: ['repository', 'project'],
};

const REFS: readonly LinesField[] = [
  {
    name: 'ref',
    label: 'Only these refs may be pushed',
    help: html`One pattern a line, in full, with the changes it permits: <code>refs/heads/release/*:create,fast-forward</code>. The changes are create, fast-forward, force and delete; without any, the first two. <code>*</code> stays between two slashes, <code>**</code> is any number of parts.`,
  },
  {
    name: 'deny-ref',
    label: 'Never these refs',
    help: html`One pattern a line, such as <code>refs/heads/main</code>. This wins over everything above.`,
    rows: 2,
  },
];

const PATHS: readonly LinesField[] = [
  {
    name: 'path',
    label: 'Only these files may be changed by a push',
    help: html`One pattern a line, such as <code>docs/**</code>. Every commit counts, and so does what a merge brings in from others. Reading cannot be confined to paths: Git hands over whole commits, so whoever may clone sees every file.`,
  },
  {
    name: 'deny-path',
    label: 'Never these files',
    help: html`One pattern a line, such as <code>.ci/**</code>.`,
    rows: 2,
  },
];

const isWrong = (problem: Problem | undefined, name: string): boolean => errorIn(problem, name) !== undefined;

const linesField = (each: LinesField, typed: TypedBounds, problem: Problem | undefined): Html =>
  field({
    kind: 'textarea',
    name: each.name,
    label: each.label,
    help: each.help,
    value: typed.texts[each.name],
    rows: each.rows ?? 3,
    code: true,
    error: errorIn(problem, each.name),
    autofocus: isWrong(problem, each.name),
  });

const textField = (
  name: BoundText,
  label: string,
  help: Renderable,
  typed: TypedBounds,
  problem: Problem | undefined,
): Html =>
  field({
    kind: 'number',
    name,
    label,
    help,
    value: typed.texts[name],
    error: errorIn(problem, name),
    autofocus: isWrong(problem, name),
  });

const tickField = (
  name: BoundTick,
  label: string,
  help: Renderable,
  typed: TypedBounds,
  error?: string,
): Html => {
  const props: FieldProps = {
    kind: 'checkbox',
    name,
    label,
    help,
    checked: typed.ticks.includes(name),
    error,
  };
  return field(props);
};

/** One respect in which a key is confined, folded while nothing is said in it. */
interface Group {
  readonly title: string;
  readonly texts: readonly BoundText[];
  readonly ticks: readonly BoundTick[];
  readonly body: Renderable;
  readonly open?: boolean;
}

const LONGEST_SUMMARY = 80;

function group(each: Group, typed: TypedBounds, problem: Problem | undefined): Html {
  const said = each.texts.flatMap((name) => linesOf(typed.texts[name])).join(', ');
  const ticked = each.ticks.some((name) => typed.ticks.includes(name));
  const wrong = [...each.texts, ...(each.ticks.includes('one-push') ? ['pushes'] : [])];
  return part({
    title: each.title,
    summary: said.length > LONGEST_SUMMARY ? `${said.slice(0, LONGEST_SUMMARY)}…` : said,
    open: each.open === true || said !== '' || ticked || wrong.some((name) => isWrong(problem, name)),
    body: html`${each.body}`,
  });
}

/** Where a key may be used and on what: plain fields, one entry a line, that work without a script. */
export function whereFields(
  kind: CredentialKind,
  typed: TypedBounds,
  problem: Problem | undefined,
  known: { readonly repositories: readonly string[]; readonly address: string },
): Html {
  const all = (list: readonly LinesField[]) => list.map((each) => linesField(each, typed, problem));
  const confining = REPOSITORIES.filter(({ name }) => CONFINED_TO[kind]?.includes(name));
  const groups: readonly Group[] = [
    ...(confining.length > 0
      ? [
          {
            title: 'Repositories',
            texts: confining.map(({ name }) => name),
            ticks: [],
            body: html`${
              known.repositories.length > 0 &&
              html`<p class="help">Yours: ${known.repositories.map((name, index) => html`${index > 0 && ', '}<code>${name}</code>`)}.</p>`
            }${all(confining)}`,
            open: true,
          },
        ]
      : []),
    {
      title: 'Branches and tags',
      texts: ['ref', 'deny-ref'],
      ticks: [],
      body: html`${all(REFS)}`,
      open: confining.length === 0,
    },
    { title: 'Files', texts: ['path', 'deny-path'], ticks: [], body: html`${all(PATHS)}` },
    {
      title: 'Networks',
      texts: ['from'],
      ticks: ['observe'],
      body: networkFields(typed, problem, known.address),
    },
    {
      title: 'How much',
      texts: ['uses', 'max-bytes'],
      ticks: ['one-push', 'author-self'],
      body: amountFields(kind, typed, problem),
    },
  ];
  return html`<div>${groups.map((each) => group(each, typed, problem))}</div>`;
}

const networkFields = (typed: TypedBounds, problem: Problem | undefined, address: string): Html =>
  html`${linesField(
    {
      name: 'from',
      label: 'Only from these networks',
      help: html`One address or network a line, IPv4 or IPv6, such as <code>192.0.2.0/24</code>. You are looking at this from <code>${address}</code>.`,
    },
    typed,
    problem,
  )}${tickField(
    'observe',
    'Only watch for now',
    'Writes down from where else it is used and refuses nothing. Its page shows what would have been refused; narrow it then.',
    typed,
  )}`;

const amountFields = (kind: CredentialKind, typed: TypedBounds, problem: Problem | undefined): Html =>
  html`${textField('uses', 'At most so many uses', 'One REST request, one clone or fetch that brings something, or one push is a use.', typed, problem)}${tickField(
    'one-push',
    'Good for one push',
    'After that it only reads.',
    typed,
    errorIn(problem, 'pushes'),
  )}${textField('max-bytes', 'Most bytes of one push', 'In bytes, or as 20 MB.', typed, problem)}${tickField(
    'author-self',
    'Commits only as itself',
    CREDENTIAL_KINDS[kind].owner === 'account'
      ? 'Every commit that it pushes must name you, by your e-mail address, as its committer.'
      : 'Every commit that it pushes must name its bot as the committer.',
    typed,
  )}`;

/** In which spans of the week it may be used. */
export const windowField = (typed: TypedBounds, problem: Problem | undefined): Html =>
  linesField(
    {
      name: 'window',
      label: 'Only in these hours of the week',
      help: html`One span a line, such as <code>Mon-Fri 22:00-04:00 Europe/Berlin</code> or <code>daily 01:00-03:00 UTC</code>. One that ends before it begins runs past midnight.`,
      rows: 2,
    },
    typed,
    problem,
  );

/** Fields of the third part of the form, in which a problem opens it. */
export const WHERE_PROBLEMS = [...WHERE_TEXTS, 'pushes'] as const;

export const UNTIL_PROBLEMS = ['not-before', 'expires', 'window'] as const;
