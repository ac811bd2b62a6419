/**
 * Writes into `docs/` what the tables of the code say, so that neither can be changed without the other: the scope
 * reference, the kinds of credential, what finds their secrets, the settings and the verbs of the command line. Run by `npm run docs`;
 * `test/docs.test.ts` fails while a file is not what this gives.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { ENVIRONMENT, NOT_IN_FILE, readSettings, SETTING_MEANINGS } from '../src/config.ts';
import {
  CREDENTIAL_KIND_NAMES,
  CREDENTIAL_KINDS,
  declarationOf,
  expandScopes,
  GRANULAR_SCOPE_NAMES,
  GRANULAR_SCOPES,
  isAnyScope,
  OPERATION_NAMES,
  SCOPE_NAMES,
  SCOPES,
  scopesFor,
  prefixOf,
  SECRET_FORMS,
  type CredentialKind,
  type GranularScope,
  type Need,
  type OperationName,
  type Scope,
  type UserName,
} from '../src/gate/index.ts';
import { WEBHOOK_EVENTS } from '../src/webhooks/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

type Row = readonly string[];

const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const code = (text: string): string => `\`${text}\``;
const codes = (names: readonly string[]): string => names.map(code).join(', ');
const anchor = (operation: OperationName): string => operation.replace(/[^a-z0-9_-]/g, '');

/** Operations that a credential with this scope alone may ask for, its implications included. */
function openedBy(scope: Scope): OperationName[] {
  const held = expandScopes([scope]);
  return OPERATION_NAMES.filter((operation) => {
    const { scopes, kinds } = declarationOf(operation);
    return scopes !== 'any' && kinds.length > 0 && scopes.every((needed) => held.has(needed));
  });
}

const scopeRow = (scope: Scope): Row => {
  const { meaning, implies, onTokensOf } = SCOPES[scope];
  const opened = openedBy(scope).map((operation) => `[${operation}](#${anchor(operation)})`);
  return [
    code(scope),
    meaning,
    implies.length === 0 ? '–' : codes(implies),
    onTokensOf.length === 0 ? 'no' : onTokensOf.join(', '),
    opened.length === 0 ? 'nothing yet' : opened.join(', '),
  ];
};

/** Operations that an API token asks for with this scope, with the scopes that it takes beside it. */
function openedWith(scope: GranularScope): string {
  const opened = OPERATION_NAMES.flatMap((operation) => {
    const wanted = scopesFor(operation, 'api_token');
    if (wanted === 'any' || !declarationOf(operation).kinds.includes('api_token')) return [];
    if (!wanted.includes(scope)) return [];
    const others = wanted.filter((each) => each !== scope);
    const link = `[${operation}](#${anchor(operation)})`;
    return [others.length === 0 ? link : `${link} with ${codes(others)}`];
  });
  return opened.length === 0 ? 'nothing yet' : opened.join(', ');
}

const granularRow = (scope: GranularScope): Row => {
  const { meaning, like } = GRANULAR_SCOPES[scope];
  return [code(scope), meaning, codes(like), openedWith(scope)];
};

const NEEDS: Readonly<Record<string, string>> = {
  'repository read': 'read on the repository',
  'repository write': 'write on the repository',
  'repository admin': 'admin on the repository',
  'workspace viewer': 'sees something in the workspace',
  'workspace member': 'member of the workspace',
  'workspace creator': 'owner of the workspace, or member where members may create repositories',
  'workspace owner': 'owner of the workspace',
  'account self': 'is that account',
  'account self_or_app_user': 'is that account, or that app user',
  'account anyone': 'the account must be there',
  'host anyone': '–',
  'host person': 'has an account',
  'host workspace_creator': 'has an account; an administrator where people may not create workspaces',
  'host administrator': 'administrator of the host',
  'host operator': 'has access to the data folder',
};

function needInWords(need: Need): string {
  const key = need.on === 'repository' ? `repository ${need.role}` : `${need.on} ${need.is}`;
  const words = NEEDS[key];
  if (words === undefined) throw new Error(`scripts/generate-docs.ts has no words for the need "${key}".`);
  if (need.on !== 'repository') return words;
  if (need.owner === true) return `${words}, as owner of its workspace`;
  if (need.given === true) return `${words}, by a role that was given and not because it is public`;
  return need.wiki === true ? `${words}, its wiki switched on` : words;
}

const ASKERS = {
  anonymous: 'strangers, where it is public',
  session: 'people on the web pages',
  operator: 'the command line',
  job: 'the host itself',
} as const;

/** The kinds that may ask, those that take the same scopes together. */
const withScopes = (operation: OperationName, kinds: readonly CredentialKind[]): string =>
  [...Map.groupBy(kinds, (kind) => scopesInWords(operation, kind))]
    .map(([scopes, each]) => `${each.map((kind) => CREDENTIAL_KINDS[kind].title).join(', ')}; ${scopes}`)
    .join('. ');

function scopesInWords(operation: OperationName, kind: CredentialKind): string {
  const scopes = scopesFor(operation, kind);
  if (CREDENTIAL_KINDS[kind].scopes === 'none') return 'which have no scopes';
  return scopes === 'any' ? 'whatever its scopes' : `with ${scopes.map(code).join(' and ')}`;
}

function operationText(operation: OperationName): string {
  const { does, targets, kinds, askers } = declarationOf(operation);
  const byCredential = kinds.length === 0 ? 'none' : withScopes(operation, kinds);
  return `### ${operation}

To ${does}.

- Credentials: ${byCredential}
- Besides: ${askers.map((asker) => ASKERS[asker]).join(', ')}
- Takes: ${targets.map(needInWords).join('; and for the second ')}
`;
}

export function scopesPage(): string {
  const groups = [...new Set(SCOPE_NAMES.map((scope) => SCOPES[scope].group))];
  const head = ['Scope', 'Permits', 'Contains', 'On an access token', 'Opens, by itself'];
  return `# Scopes and what they open

This page is generated from the tables by which the server decides (\`src/gate/scopes.ts\`, \`src/gate/granular-scopes.ts\` and
\`src/gate/operations.ts\`), by \`npm run docs\`. [credentials.md](credentials.md#scopes) explains scopes and their traps.

- [Scopes](#scopes)
- [Granular scopes](#granular-scopes)
- [Operations](#operations)

## Scopes

What app passwords, access tokens and OAuth hold. A scope contains only what stands under *Contains*, and what that contains in turn. What a credential opens is always confined, too, by
what its owner may do: see under each operation what it *takes*. *Nothing yet* means that the scope can be held and opens no operation of
this version.

${groups
  .map(
    (group) => `### ${group}

${table(head, SCOPE_NAMES.filter((scope) => SCOPES[scope].group === group).map(scopeRow))}
`,
  )
  .join('\n')}
## Granular scopes

What [API tokens](credentials.md#api-tokens) hold, and nothing else does. None contains another, and what takes several takes all of them.
*Like* names the classic scopes that come nearest, for whoever comes from there: none of the two contains the other. There is none for wikis.

${table(['Scope', 'Permits', 'Like', 'Opens'], GRANULAR_SCOPE_NAMES.map(granularRow))}

## Operations

Everything that can be asked of this host, by whichever door. Whoever is not named under an operation cannot ask for it. An access
token counts as admin on its own repository, or on those of its project or workspace, so that its scopes alone say what it may do there; on every other repository it is nobody.

${OPERATION_NAMES.map(operationText).join('\n')}`;
}

const SCHEMES = {
  rest: { basic: 'Basic', bearer: 'Bearer' },
  git: { basic: 'user name and password', bearer: 'Bearer' },
} as const;

const USER_NAMES = {
  owner: "the owner's",
  'owner e-mail': "the owner's e-mail address",
  client: 'the key of the consumer',
} as const;

const userNameInWords = (name: UserName): string => ('word' in name ? code(name.word) : USER_NAMES[name.of]);

/** By where it is used, where that makes a difference. */
function userNamesInWords(userNames: Readonly<Partial<Record<string, readonly UserName[]>>>): string {
  const byPlace = Object.entries(userNames).map(([place, names = []]) => ({
    place: place === 'git' ? 'Git' : 'REST',
    names: names.map(userNameInWords).join(' or '),
  }));
  const [first] = byPlace;
  if (first === undefined || byPlace.every(({ names }) => names === first.names)) return first?.names ?? '';
  return byPlace.map(({ place, names }) => `${place}: ${names}`).join('; ');
}

const kindsTable = (): string =>
  table(
    ['Kind', 'Begins with', 'Belongs to', 'REST', 'Git and wiki', 'User name'],
    CREDENTIAL_KIND_NAMES.map((name) => {
      const { title, prefix, owner, rest, git, ssh, userNames } = CREDENTIAL_KINDS[name];
      return [
        title,
        prefix === null ? '' : code(prefix),
        owner === 'account' ? 'an account' : owner === 'places' ? 'repositories and projects' : `a ${owner}`,
        rest.map((scheme) => SCHEMES.rest[scheme]).join(', '),
        [...git.map((scheme) => SCHEMES.git[scheme]), ...(ssh ? ['SSH public key'] : [])].join(', '),
        userNamesInWords(userNames),
      ];
    }),
  );

/** What finds secrets of every kind in a text, in a language that is at hand everywhere. */
function scanner(): string {
  const prefixes = SECRET_FORMS.map(prefixOf).join('|');
  const program = String.raw`import re, zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PATTERN = re.compile(r"\b(?:${prefixes})[0-9A-Za-z]{38}\b")

def genuine(secret):
    value = 0
    for character in secret[-6:]:
        value = value * 62 + DIGITS.index(character)
    return value == zlib.crc32(secret[:-6].encode())

text = open(0).read()
for secret in PATTERN.findall(text):
    if genuine(secret):
        print("a Latchkey secret begins with", secret[:9])`;
  return ['```python', program, '```'].join('\n');
}

function settingsTable(serve: Command, common: Command): string {
  const options = new Set([...serve.options, ...common.options].map(({ long }) => long ?? ''));
  const defaults: Readonly<Record<string, unknown>> = { ...readSettings({}, {}), data: './data' };
  const variables = new Map(Object.entries(ENVIRONMENT).map(([variable, name]) => [String(name), variable]));
  return table(
    ['In the file', 'Option of `serve`', 'Environment', 'Default', 'Meaning'],
    Object.entries(SETTING_MEANINGS).map(([name, meaning]) => {
      const option = `--${name.replaceAll('_', '-')}`;
      const variable = variables.get(name);
      const value = defaults[name];
      return [
        name === NOT_IN_FILE ? '–' : code(name),
        options.has(option) ? code(option) : '–',
        variable === undefined ? '–' : code(variable),
        value === undefined || (Array.isArray(value) && value.length === 0)
          ? '–'
          : code(typeof value === 'string' ? value : JSON.stringify(value)),
        meaning,
      ];
    }),
  );
}

/** Every verb as written, with what it says of itself, from the `…Command` functions of `src/cli/`. */
async function readVerbs(): Promise<Command[]> {
  const folder = join(root, 'src/cli');
  const verbs: Command[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
    for (const [name, make] of Object.entries(exported)) {
      if (!name.endsWith('Command') || typeof make !== 'function') continue;
      const verb: unknown = make();
      if (verb instanceof Command) verbs.push(verb);
    }
  }
  return verbs;
}

function verbRows(command: Command, before: string): Row[] {
  const name = `${before} ${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((sub) => verbRows(sub, name));
  const words = command.registeredArguments.map((argument) => {
    const given = argument.argChoices?.join('|') ?? argument.name().toUpperCase();
    return argument.required ? given : `[${given}]`;
  });
  const options = command.options.map((option) => {
    const flags = option.flags.replace(/<([^>]+)>/g, (_, value: string) => value.toUpperCase());
    return option.mandatory ? flags : `[${flags}]`;
  });
  return [[code([name, ...words, ...options].join(' ')), command.description()]];
}

/** `text` with what lies between the marks of a block replaced. Throws when the marks are not there. */
export function withBlock(text: string, block: string, content: string): string {
  const marks = new RegExp(`(<!-- generated: ${block} -->\n)[\\s\\S]*?(<!-- /generated -->)`);
  if (!marks.test(text)) throw new Error(`There are no marks for the generated block "${block}".`);
  return text.replace(marks, (_, open: string, close: string) => `${open}${content}\n${close}`);
}

/** Every file that holds something generated, by its path below the root, as it ought to be. */
export async function generatedDocs(): Promise<ReadonlyMap<string, string>> {
  const { withSettings } = await import('../src/cli/settings.ts');
  const verbs = await readVerbs();
  const serve = verbs.find((verb) => verb.name() === 'serve') ?? new Command();
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const operations = withBlock(
    read('docs/operations.md'),
    'settings',
    settingsTable(serve, withSettings(new Command())),
  );
  return new Map([
    ['docs/scopes.md', scopesPage()],
    [
      'docs/credentials.md',
      withBlock(withBlock(read('docs/credentials.md'), 'kinds', kindsTable()), 'scanner', scanner()),
    ],
    [
      'docs/operations.md',
      withBlock(
        operations,
        'verbs',
        table(
          ['Verb', 'Does'],
          verbs.flatMap((verb) => verbRows(verb, 'latchkey')),
        ),
      ),
    ],
  ]);
}

/** Names between back ticks in the hand-written pages that look like scopes and are none, nor events of webhooks. */
export const unknownScopes = (text: string): string[] =>
  [
    ...text.matchAll(
      /`((?:repository|project|pullrequest|account|wiki|team):[a-z]+|[a-z]+:[a-z-]+:bitbucket)`/g,
    ),
  ]
    .map(([, name]) => name ?? '')
    .filter((name) => !isAnyScope(name) && !WEBHOOK_EVENTS.some((event) => event.name === name));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await generatedDocs()) writeFileSync(join(root, path), text);
}
