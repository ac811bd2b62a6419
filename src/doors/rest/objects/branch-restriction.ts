import { z } from 'zod';
import type { ShownRestriction } from '../../../acts/restrictions/subjects.ts';
import type { Links } from '../links.ts';
import { User, userObject } from './account.ts';
import { linksNamed, to } from './link.ts';
import { CondensedWorkspace, condensedWorkspaceObject } from './workspace.ts';

export const Group = z
  .object({
    type: z.literal('group'),
    name: z.string(),
    slug: z.string(),
    full_slug: z.string(),
    workspace: CondensedWorkspace,
  })
  .meta({ id: 'Group' });

export const BranchRestriction = z
  .object({
    type: z.literal('branchrestriction'),
    id: z.number().int(),
    kind: z.string(),
    branch_match_kind: z.literal('glob'),
    pattern: z.string(),
    value: z
      .number()
      .int()
      .nullable()
      .describe('How many there must be at least, of a kind that counts; else null.'),
    users: z.array(User),
    groups: z.array(Group),
    access_tokens: z
      .array(z.string())
      .describe('Public ids of the access tokens that it lets through; Bitbucket Cloud has no such thing.'),
    links: linksNamed('self'),
  })
  .meta({ id: 'BranchRestriction' });

interface Place {
  readonly slug: string;
  readonly workspace: { readonly id: string; readonly slug: string; readonly name: string };
}

export const branchRestrictionObject = (
  links: Links,
  { slug, workspace }: Place,
  rule: ShownRestriction,
): z.input<typeof BranchRestriction> => ({
  type: 'branchrestriction',
  id: rule.id,
  kind: rule.kind,
  branch_match_kind: 'glob',
  pattern: rule.pattern,
  value: rule.value,
  users: rule.users.map((user) => userObject(links, user)),
  groups: rule.groups.map((group) => ({
    type: 'group',
    name: group.name,
    slug: group.slug,
    full_slug: `${workspace.slug}:${group.slug}`,
    workspace: condensedWorkspaceObject(links, workspace),
  })),
  access_tokens: rule.accessTokens.map(({ id }) => id),
  links: {
    self: to(links.api('repositories', workspace.slug, slug, 'branch-restrictions', String(rule.id))),
  },
});
