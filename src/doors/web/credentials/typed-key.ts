import type { Confinement } from '../../../acts/credentials/confinement.ts';
import {
  CATALOGUES,
  CREDENTIAL_KINDS,
  isRefChange,
  USUAL_CHANGES,
  type CredentialKind,
  type RefChange,
} from '../../../gate/index.ts';
import { invalid } from '../../../problem.ts';
import { FormInput } from '../form-input.ts';
import { momentIn } from './moments.ts';
import { tasksFor, type Task } from './tasks.ts';
import {
  BOUND_TEXTS,
  confinementIn,
  goodPattern,
  linesOf,
  typedBounds,
  type TypedBounds,
} from './typed-bounds.ts';

/** What was typed into the form of a new key, for acting on it and for showing it again. */
export interface TypedKey {
  readonly label: string;
  readonly tasks: readonly string[];
  readonly scopes: readonly string[];
  /** What the tasks that push ask for. */
  readonly branches: string;
  readonly branchChanges: readonly string[];
  readonly tags: string;
  readonly tagChanges: readonly string[];
  readonly bounds: TypedBounds;
  readonly notBefore: string;
  readonly expires: string;
}

/** What a script does that pushes tags: a tag that was published is neither moved nor taken away. */
const TAG_CHANGES: readonly RefChange[] = ['create'];

/** A form that showed the boxes and sent none had them all unticked; one that never showed them means what is usual. */
const changesIn = (
  form: FormInput,
  asked: 'branches' | 'tags',
  name: string,
  usual: readonly RefChange[],
): readonly string[] => (form.ticked(asked) ? form.texts(name) : usual);

export const typedKey = (form: FormInput): TypedKey => ({
  label: form.text('label'),
  tasks: form.texts('tasks'),
  scopes: form.texts('scopes'),
  branches: form.text('branches').replaceAll('\r\n', '\n'),
  branchChanges: changesIn(form, 'branches', 'branch-changes', USUAL_CHANGES),
  tags: form.text('tags').replaceAll('\r\n', '\n'),
  tagChanges: changesIn(form, 'tags', 'tag-changes', TAG_CHANGES),
  bounds: typedBounds(form),
  notBefore: form.text('not-before'),
  expires: form.text('expires'),
});

const LONGEST_PREFILL = 2000;
const SINGLE_VALUES = [...BOUND_TEXTS, 'label', 'branches', 'tags', 'not-before', 'expires'] as const;

/**
 * The form as a link to it fills it in: `?tasks=push&branches=release/*&repository=acme/app`, by the names of its fields.
 * Unknown tasks, scopes and changes, and texts that nobody would type, are left out; nothing is made by opening it.
 * @param expires what stands in the form where the link says nothing
 */
export function keyInQuery(kind: CredentialKind, query: unknown, expires: string): TypedKey {
  const given = new FormInput(query);
  const known: Record<string, string | readonly string[]> = { expires };
  for (const name of SINGLE_VALUES) {
    const text = given.text(name);
    if (text !== '' && text.length <= LONGEST_PREFILL && !/[^\P{C}\n\r]/u.test(text)) known[name] = text;
  }
  for (const name of ['observe', 'one-push', 'author-self']) {
    if (given.text(name) === '1' || given.text(name) === 'on') known[name] = 'on';
  }
  const tasks = tasksFor(kind).map(({ id }) => id);
  const scopes = CATALOGUES[CREDENTIAL_KINDS[kind].scopes];
  const changes = (name: string, usual: readonly RefChange[]) => {
    const named = given.texts(name).filter(isRefChange);
    return named.length === 0 ? usual : named;
  };
  return {
    ...typedKey(new FormInput(known)),
    tasks: given.texts('tasks').filter((id) => tasks.includes(id)),
    scopes: given.texts('scopes').filter((name) => scopes.some((scope) => scope === name)),
    branchChanges: changes('branch-changes', USUAL_CHANGES),
    tagChanges: changes('tag-changes', TAG_CHANGES),
  };
}

/** The same form with these fields empty. A task of which something cannot be read is left out whole: an empty field of it would mean every branch. */
export function withoutFields(kind: CredentialKind, typed: TypedKey, fields: ReadonlySet<string>): TypedKey {
  const { texts } = typed.bounds;
  const kept = Object.fromEntries(BOUND_TEXTS.map((name) => [name, fields.has(name) ? '' : texts[name]]));
  const spoilt = tasksFor(kind).filter(
    ({ asks }) => asks !== undefined && (fields.has(asks) || fields.has(changesFieldOf(asks))),
  );
  return {
    ...typed,
    tasks: typed.tasks.filter((id) => spoilt.every((task) => task.id !== id)),
    bounds: { ...typed.bounds, texts: { ...texts, ...kept } },
    notBefore: fields.has('not-before') ? '' : typed.notBefore,
    expires: fields.has('expires') ? '' : typed.expires,
  };
}

const changesFieldOf = (asks: 'branches' | 'tags') =>
  asks === 'branches' ? 'branch-changes' : 'tag-changes';

/** The moments of a key. Throws `Problem` at the field. */
export const momentsIn = (typed: TypedKey) => ({
  notBefore: momentIn(typed.notBefore, 'not-before', 'beginning'),
  expiresAt: momentIn(typed.expires, 'expires', 'end'),
});

/** What the key is confined to: by its tasks, and by what was typed where it is confined. Throws `Problem` at the field. */
export function confinementOfKey(kind: CredentialKind, typed: TypedKey): Confinement {
  const confinement = confinementIn(typed.bounds);
  const byTask = tasksFor(kind)
    .filter(({ id }) => typed.tasks.includes(id))
    .flatMap((task) => refsOf(task, typed));
  return { ...confinement, refs: [...byTask, ...(confinement.refs ?? [])] };
}

const PREFIXES = { branches: 'refs/heads/', tags: 'refs/tags/' } as const;

function refsOf({ asks }: Task, typed: TypedKey): readonly string[] {
  if (asks === undefined) return [];
  const changesField = changesFieldOf(asks);
  const changes = asks === 'branches' ? typed.branchChanges : typed.tagChanges;
  const lines = linesOf(typed[asks]);
  const bare = lines.length === 0 || lines.some((line) => !line.includes(':'));
  if (bare && changes.length === 0) {
    throw invalid(changesField, 'Tick at least one: without any, nothing could be pushed.');
  }
  const usual = changes.join(',');
  return (lines.length === 0 ? ['**'] : lines).map((line) => {
    const [name = '', named = usual] = line.split(':');
    const pattern = name.startsWith('refs/') ? name : `${PREFIXES[asks]}${name}`;
    if (!pattern.startsWith(PREFIXES[asks])) {
      throw invalid(
        asks,
        `“${name.slice(0, 100)}” is no ${asks === 'tags' ? 'tag' : 'branch'}: its name alone will do.`,
      );
    }
    if (!named.split(',').every((change) => isRefChange(change.trim()))) {
      throw invalid(
        asks,
        `“${named.slice(0, 100)}” is no list of changes: write ${name.slice(0, 40)}:create,fast-forward,force,delete.`,
      );
    }
    return `${goodPattern(pattern, asks)}:${named}`;
  });
}
