import type { Grant } from '../../gate/index.ts';

/** What admits to a push that Git brings. */
export type PushGrant = Grant<'repository.push'> | Grant<'wiki.push'>;

/** What admits to a push, whoever brings it. */
export type AnyPushGrant = PushGrant | Grant<'ref.create'> | Grant<'pull_request.merge'>;
