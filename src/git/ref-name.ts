/** The names of refs: git-check-ref-format(1), and which of them may be pushed. */

/** A file system holds 255 bytes a name, and Git writes `name.lock` beside the ref. */
const maximalComponentBytes = 250;
const maximalNameBytes = 1000;

const rules: readonly { readonly broken: (name: string) => boolean; readonly problem: string }[] = [
  { broken: (name) => name === '', problem: 'is empty' },
  { broken: (name) => !name.isWellFormed(), problem: 'is not UTF-8' },
  { broken: (name) => /[\x00-\x1f\x7f]/.test(name), problem: 'holds a control character' },
  { broken: (name) => /[ ~^:?*[\\]/.test(name), problem: 'holds a space or one of ~ ^ : ? * [ \\' },
  { broken: (name) => name.includes('..'), problem: 'holds ".."' },
  { broken: (name) => name.includes('@{') || name === '@', problem: 'holds "@{" or is "@"' },
  { broken: (name) => /^\/|\/$|\/\//.test(name), problem: 'begins or ends with "/" or holds "//"' },
  { broken: (name) => name.endsWith('.'), problem: 'ends with "."' },
  { broken: (name) => /(?:^|\/)\./.test(name), problem: 'has a part that begins with "."' },
  { broken: (name) => /\.lock(?:\/|$)/.test(name), problem: 'has a part that ends with ".lock"' },
];

/** What is wrong with a ref name or part of one, as the end of a sentence ("… ends with "."") or undefined. */
function formProblem(name: string): string | undefined {
  return rules.find((rule) => rule.broken(name))?.problem;
}

/**
 * Whether Git accepts the full name of a ref, as `git check-ref-format NAME` does. A name that begins with "-" would be
 * an option where it stands in an argument list, and no full name does.
 */
export function isValidRefName(name: string): boolean {
  return name.includes('/') && !name.startsWith('-') && formProblem(name) === undefined;
}

/** Whether Git accepts the short name of a branch, as `git check-ref-format --branch NAME` does for plain names. */
export function isValidBranchName(name: string): boolean {
  return !name.startsWith('-') && name !== 'HEAD' && formProblem(name) === undefined;
}

export const branchPrefix = 'refs/heads/';
export const tagPrefix = 'refs/tags/';
const notesPrefix = 'refs/notes/';
export const pushablePrefixes = [branchPrefix, tagPrefix, notesPrefix] as const;

/** Why a ref may not be pushed by its name, as a whole sentence; undefined if it may. */
export function pushedRefProblem(name: string): string | undefined {
  const prefix = pushablePrefixes.find((candidate) => name.startsWith(candidate));
  if (!prefix) {
    return "Only refs under refs/heads/, refs/tags/ and refs/notes/ can be pushed; instead of --mirror, push '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'.";
  }
  const short = name.slice(prefix.length);
  const problem = formProblem(short);
  if (problem) return `The name of this ref ${problem}; choose another name.`;
  if (short.startsWith('-') || short === 'HEAD') {
    return 'A branch or tag cannot begin with "-" or be called HEAD; choose another name.';
  }
  const tooLong =
    Buffer.byteLength(name) > maximalNameBytes ||
    name.split('/').some((part) => Buffer.byteLength(part) > maximalComponentBytes);
  return tooLong
    ? `The name of this ref is too long: at most ${maximalComponentBytes} bytes between slashes and ${maximalNameBytes} in all.`
    : undefined;
}

/** The same for one that is to go: a name that is not UTF-8, which only an import brings, must not stay for ever. */
export const deletedRefProblem = (name: string): string | undefined => pushedRefProblem(name.toWellFormed());

export function branchRef(name: string): string {
  return branchPrefix + name;
}

const PREFERRED = ['refs/heads/main', 'refs/heads/master'];

/** Of branches by their full names, the one that becomes the default where nobody said which. */
export const likeliestDefault = (branches: readonly string[]): string | undefined =>
  PREFERRED.find((name) => branches.includes(name)) ?? branches[0];

export function tagRef(name: string): string {
  return tagPrefix + name;
}

/** `refs/heads/feature/x` → `feature/x`; other names stay as they are. */
export function shortRefName(name: string): string {
  const prefix = pushablePrefixes.find((candidate) => name.startsWith(candidate));
  return prefix && prefix !== notesPrefix ? name.slice(prefix.length) : name;
}
