import { z } from 'zod';
import type { NewDerivedToken } from '../../../acts/credentials/derive.ts';
import { endOf } from '../../../acts/credentials/standing.ts';
import type { Credential } from '../../../credentials/index.ts';
import { CREDENTIAL_KINDS } from '../../../gate/index.ts';
import { timestamp } from '../links.ts';
import { credentialTypeOf } from '../refusals.ts';

const Common = z.object({
  type: z.literal('derived_token'),
  id: z.string(),
  kind: z.string().describe('The kind of what it came of, as which it is presented and judged.'),
  label: z.string(),
  scopes: z.array(z.string()),
  expires_on: z.string().nullable(),
});

/** A derived token on the day it is made: the only answer that holds its secret. */
export const DerivedToken = Common.extend({
  credential_type: z.string(),
  derived_from: z.string().describe('Public id of the credential that asked.'),
  bounds: z.array(z.string()).describe('Its own, in words; those of what it came of confine it as well.'),
  secret: z.string(),
  username: z
    .string()
    .nullable()
    .describe('What stands before the secret in Basic, at Git and, where that takes Basic, at the API.'),
  presented: z
    .object({ rest: z.array(z.string()), git: z.array(z.string()) })
    .describe('Schemes by which the API and Git accept it.'),
}).meta({ id: 'DerivedToken' });

export const ListedDerivedToken = Common.extend({
  state: z.string(),
  created_on: z.string(),
  last_used_on: z.string().nullable(),
}).meta({ id: 'ListedDerivedToken' });

export const derivedTokenObject = (made: NewDerivedToken): z.input<typeof DerivedToken> => ({
  type: 'derived_token',
  id: made.id,
  kind: made.kind,
  credential_type: credentialTypeOf(made.kind),
  label: made.label,
  scopes: [...made.scopes],
  bounds: [...made.boundWords],
  derived_from: made.parentId,
  expires_on: timestamp(made.expiresAt),
  secret: made.secret.reveal(),
  username: made.username,
  presented: {
    rest: [...CREDENTIAL_KINDS[made.kind].rest],
    git: [...CREDENTIAL_KINDS[made.kind].git],
  },
});

const time = (at: number | null): string | null => (at === null ? null : timestamp(at));

export const listedDerivedTokenObject = (credential: Credential): z.input<typeof ListedDerivedToken> => ({
  type: 'derived_token',
  id: credential.id,
  kind: credential.kind,
  label: credential.label,
  scopes: [...credential.scopes],
  expires_on: time(endOf(credential)),
  state: credential.state,
  created_on: timestamp(credential.createdAt),
  last_used_on: time(credential.lastUsedAt),
});
