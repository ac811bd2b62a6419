import { z } from 'zod';
import type { CredentialSelf } from '../../../acts/explain/self.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { credentialTypeOf } from '../refusals.ts';
import { AppUser, appUserObject, User, userObject } from './account.ts';

const Bound = z.object({
  kind: z.string(),
  value: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('For machines; null for a bound that this version cannot judge and so refuses under.'),
  description: z.string(),
});

const RepositoryStanding = z.object({
  full_name: z.string(),
  operations: z.array(
    z.object({
      operation: z.string(),
      does: z.string(),
      allowed: z.boolean(),
      reason: z.string().nullable(),
    }),
  ),
});

/** What a credential is told about itself; never its secret. */
export const CredentialSelfObject = z
  .object({
    type: z.literal('credential'),
    id: z.string(),
    kind: z.string(),
    credential_type: z.string(),
    label: z.string(),
    scopes: z.array(z.string()),
    expanded_scopes: z.array(z.string()),
    bounds: z.array(Bound),
    created_on: z.string(),
    not_before: z.string().nullable(),
    expires_on: z.string().nullable(),
    remaining_uses: z.number().int().nullable(),
    remaining_pushes: z.number().int().nullable(),
    owner: z.union([User, AppUser]),
    email: z
      .string()
      .nullable()
      .describe('Address of the bot, for commits; null for a credential of a person.'),
    repository: z
      .object({ type: z.literal('repository'), uuid: z.string(), full_name: z.string() })
      .nullable()
      .describe('The repository that an access token belongs to.'),
    project: z
      .object({ type: z.literal('project'), uuid: z.string(), key: z.string(), name: z.string() })
      .nullable()
      .describe('The project that an access token belongs to.'),
    workspace: z
      .object({ type: z.literal('workspace'), uuid: z.string(), slug: z.string(), name: z.string() })
      .nullable()
      .describe('The workspace that an access token belongs to.'),
    on: RepositoryStanding.nullable().describe('What it may do on the repository that was asked about.'),
  })
  .meta({ id: 'Credential' });

const time = (at: number | null): string | null => (at === null ? null : timestamp(at));

export const credentialSelfObject = (
  links: Links,
  self: CredentialSelf,
): z.input<typeof CredentialSelfObject> => ({
  type: 'credential',
  id: self.id,
  kind: self.kind,
  credential_type: credentialTypeOf(self.kind),
  label: self.label,
  scopes: [...self.scopes],
  expanded_scopes: [...self.expandedScopes],
  bounds: self.bounds.map(({ kind, value, words }) => ({
    kind,
    value: value === null ? null : { ...value },
    description: words,
  })),
  created_on: timestamp(self.createdAt),
  not_before: time(self.notBefore),
  expires_on: time(self.expiresAt),
  remaining_uses: self.remainingUses,
  remaining_pushes: self.remainingPushes,
  owner:
    self.owner.type === 'account'
      ? userObject(links, self.owner.account)
      : appUserObject(links, self.owner.appUser),
  email: self.owner.type === 'account' ? null : self.owner.appUser.email,
  repository:
    self.owner.type !== 'repository'
      ? null
      : {
          type: 'repository',
          uuid: braced(self.owner.repository.id),
          full_name: self.owner.repository.fullName,
        },
  project:
    self.owner.type !== 'project'
      ? null
      : {
          type: 'project',
          uuid: braced(self.owner.project.id),
          key: self.owner.project.key,
          name: self.owner.project.name,
        },
  workspace:
    self.owner.type !== 'workspace'
      ? null
      : {
          type: 'workspace',
          uuid: braced(self.owner.workspace.id),
          slug: self.owner.workspace.slug,
          name: self.owner.workspace.name,
        },
  on:
    self.repository === null
      ? null
      : {
          full_name: self.repository.fullName,
          operations: self.repository.operations.map((each) => ({ ...each })),
        },
});
