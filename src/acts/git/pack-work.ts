import type { Grant } from '../../gate/index.ts';
import type { PackWork } from '../../limits/pack-queue.ts';

type GitGrant =
  | Grant<'repository.fetch'>
  | Grant<'wiki.fetch'>
  | Grant<'repository.push'>
  | Grant<'wiki.push'>;

/** In whose name work waits for its turn: of strangers, their address. */
export const workOf = ({ principal, targets: [{ id }], address }: GitGrant): PackWork => ({
  credential: principal.type === 'credential' ? principal.credentialId : (address ?? principal.type),
  repository: id,
});
