/** What a person may hold on a repository, weakest first; each contains the ones before it. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

export const roleReaches = (held: Role | null, needed: Role): boolean =>
  held !== null && ROLES.indexOf(held) >= ROLES.indexOf(needed);

/** The stronger of two roles; null is none. */
export function strongerRole(a: Role | null, b: Role | null): Role | null {
  if (a === null) return b;
  return b !== null && roleReaches(b, a) ? b : a;
}

/** What a person is in a workspace. An owner is admin of everything in it; a member sees it. */
export type Membership = 'owner' | 'member';
