/** Git writes far less. */
const LONGEST = 256;

/**
 * The highest version of the protocol that a client asks for, in the words of the variable GIT_PROTOCOL, as Git reads it
 * (git(1)): keys between colons, unknown ones ignored. Nothing of it but this number reaches Git.
 */
export function protocolVersion(asked: string): 0 | 1 | 2 {
  if (asked.length > LONGEST) return 0;
  const keys = asked.split(':');
  return keys.includes('version=2') ? 2 : keys.includes('version=1') ? 1 : 0;
}

/** The same for a push. There is no version 2 of pushing: Git answers in version 0 who asks for it. */
export const pushVersion = (asked: string): 0 | 1 => (protocolVersion(asked) === 1 ? 1 : 0);
