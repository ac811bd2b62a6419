import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';
import { trustPolicyListPages } from './list.ts';
import { trustPolicyDetailPages } from './one.ts';
import { trustPolicyTestPages } from './test.ts';

/** Which jobs of CI systems a repository lets in: the list, making one, one with what came of it, and trying a token. */
export async function trustPolicyPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  trustPolicyListPages(app, options);
  trustPolicyTestPages(app, options);
  trustPolicyDetailPages(app, options);
}
