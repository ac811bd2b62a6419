export interface DiffLine {
  readonly kind: 'context' | 'added' | 'removed' | 'note';
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}
export interface DiffHunk {
  readonly heading: string;
  readonly lines: readonly DiffLine[];
}
export interface DiffFile {
  /** The path after the change, or before it where the file was deleted. */
  readonly path: string;
  readonly oldPath: string | null;
  readonly change: 'modified' | 'added' | 'deleted' | 'renamed' | 'copied';
  readonly binary: boolean;
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly DiffHunk[];
}

type Draft = { -readonly [Key in keyof DiffFile]: DiffFile[Key] } & {
  hunks: { heading: string; lines: DiffLine[] }[];
};

/**
 * Reads what `git diff` prints (git-diff(1), "Generating patch text with -p"). Hunks are read by the counts in their
 * heading and not by what lines look like: a removed line "-- x" would otherwise pass for a file header.
 */
export function parseUnifiedDiff(text: string): DiffFile[] {
  const files: Draft[] = [];
  const lines = text.split('\n');
  let index = 0;
  while (index < lines.length) {
    const line = lines[index++] ?? '';
    const file = files.at(-1);
    if (line.startsWith(HEADING)) files.push(newFile(line));
    else if (file === undefined) continue;
    else if (line.startsWith('@@ ')) index = readHunk(file, line, lines, index);
    else readHeader(file, line);
  }
  return files;
}

const HEADING = 'diff --git ';

/**
 * `diff --git a/x b/x`: a name may hold ` b/` as well, but where no line below says it again both are the same, and so the
 * second one is the second half.
 */
function newFile(line: string): Draft {
  const second = line.slice((HEADING.length + line.length + 1) / 2);
  return {
    path: unquote(second).slice('b/'.length),
    oldPath: null,
    change: 'modified',
    binary: false,
    added: 0,
    removed: 0,
    hunks: [],
  };
}

function readHeader(file: Draft, line: string): void {
  const after = (start: string): string | null =>
    line.startsWith(start) ? unquote(line.slice(start.length)) : null;
  const oldName = after('rename from ') ?? after('copy from ');
  const newName = after('rename to ') ?? after('copy to ');
  if (oldName !== null) {
    file.oldPath = oldName;
    file.change = line.startsWith('copy') ? 'copied' : 'renamed';
  } else if (newName !== null) file.path = newName;
  else if (line.startsWith('new file mode')) file.change = 'added';
  else if (line.startsWith('deleted file mode')) file.change = 'deleted';
  else if (line.startsWith('Binary files ') || line === 'GIT binary patch') file.binary = true;
  else if (line.startsWith('--- ') || line.startsWith('+++ ')) {
    // These two name the file without doubt, where a blank in `diff --git a/x b/y` leaves two readings.
    const name = /^(?:---|\+\+\+) (?:"[ab]\/(.*)"|[ab]\/(.*?))\t?$/s.exec(line);
    const path = unquote(name?.[1] ?? name?.[2] ?? '');
    if (path !== '') file.path = path;
  }
}

function readHunk(file: Draft, heading: string, lines: readonly string[], start: number): number {
  const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(heading);
  let before = Number(range?.[1] ?? 0);
  let after = Number(range?.[3] ?? 0);
  const lastBefore = before + Number(range?.[2] ?? 1);
  const lastAfter = after + Number(range?.[4] ?? 1);
  const hunk = { heading, lines: [] as DiffLine[] };
  file.hunks.push(hunk);
  let index = start;
  for (; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const text = line.slice(1);
    if (line.startsWith('\\'))
      hunk.lines.push({ kind: 'note', text: text.trim(), before: null, after: null });
    else if (before >= lastBefore && after >= lastAfter) break;
    else if (line.startsWith('+')) {
      hunk.lines.push({ kind: 'added', text, before: null, after: after++ });
      file.added++;
    } else if (line.startsWith('-')) {
      hunk.lines.push({ kind: 'removed', text, before: before++, after: null });
      file.removed++;
    } else if (line.startsWith(' ') || line === '')
      hunk.lines.push({ kind: 'context', text, before: before++, after: after++ });
    else break;
  }
  return index;
}

/** Git quotes unusual names like C strings, bytes in octal: `"caf\303\251"`. */
function unquote(name: string): string {
  const inner = name.startsWith('"') && name.endsWith('"') && name.length > 1 ? name.slice(1, -1) : name;
  if (!inner.includes('\\')) return inner;
  const letters: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\u0007',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return inner.replace(/(?:\\[0-3][0-7]{2})+|\\(.)/g, (escaped, letter: string | undefined) =>
    letter === undefined
      ? Buffer.from(
          escaped
            .split('\\')
            .slice(1)
            .map((octal) => Number.parseInt(octal, 8)),
        ).toString('utf8')
      : (letters[letter] ?? letter),
  );
}
