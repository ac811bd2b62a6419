import type { FastifyRequest } from 'fastify';
import { readAuthorization, type Presented } from '../../entry/index.ts';
import type { TargetReference } from '../../gate/index.ts';

/** Where a client looks for Git LFS: behind the address that it clones from, with `.git` at its end whether it was written or not. */
export const AT = '/:workspace/:repository(^[^/]+\\.git$)/info/lfs';
export const WIKI_AT = '/:workspace/:repository(^[^/]+\\.git$)/wiki/info/lfs';

export const toGitRepository = ({
  workspace = '',
  repository = '',
}: Readonly<Record<string, string>>): readonly TargetReference[] => [
  { type: 'repository', workspace, repository: repository.replace(/\.git$/, '') },
];

/** Two headers are joined and thereby malformed, so that nobody before us can have read the other one. */
export const presentedIn = ({ raw }: FastifyRequest): Presented =>
  readAuthorization(raw.headersDistinct['authorization']?.join(', '));
