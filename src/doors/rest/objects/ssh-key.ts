import { z } from 'zod';
import type { ListedKey } from '../../../acts/keys/ssh-keys.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { User, userObject, type ShownAccount } from './account.ts';
import { linksNamed, to } from './link.ts';

export const SshKey = z
  .object({
    type: z.literal('ssh_key'),
    uuid: z.string(),
    key: z.string().describe('Type and key as a .pub file has them, without the comment.'),
    comment: z.string(),
    label: z.string(),
    fingerprint: z.string().describe('SHA-256 in base64, without prefix and padding.'),
    created_on: z.string(),
    last_used: z.string().nullable(),
    expires_on: z.string().nullable(),
    owner: User,
    links: linksNamed('self'),
  })
  .meta({ id: 'SshKey' });

export const sshKeyObject = (
  links: Links,
  owner: ShownAccount,
  { credential, key }: ListedKey,
): z.input<typeof SshKey> => ({
  type: 'ssh_key',
  uuid: braced(key.uuid),
  key: key.publicKey,
  comment: key.comment,
  label: credential.label,
  fingerprint: key.fingerprint.replace(/^SHA256:/, ''),
  created_on: timestamp(credential.createdAt),
  last_used: momentOrNull(credential.lastUsedAt),
  expires_on: momentOrNull(credential.expiresAt),
  owner: userObject(links, owner),
  links: { self: to(links.api('users', braced(owner.id), 'ssh-keys', key.uuid)) },
});

export const momentOrNull = (at: number | null): string | null => (at === null ? null : timestamp(at));
