import type { FastifyRequest } from 'fastify';
import { readAuthorization, type Presented } from '../../entry/index.ts';
import type { TargetReference } from '../../gate/index.ts';

/** Where clients of Git and of Git LFS find a repository, and how they say who they are. */

/** The router tries this form of a segment first and stays with it: whatever may follow `.git` is declared with it. */
export const DOT_GIT = '/:workspace/:repository(^[^/]+\\.git$)';

export const toGitRepository = ({
  workspace = '',
  repository = '',
}: Readonly<Record<string, string>>): readonly TargetReference[] => [
  { type: 'repository', workspace, repository: repository.replace(/\.git$/, '') },
];

/** Two headers are joined and thereby malformed, so that nobody before us can have read the other one. */
export const presentedIn = ({ raw }: FastifyRequest): Presented =>
  readAuthorization(raw.headersDistinct['authorization']?.join(', '));
