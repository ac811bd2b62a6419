import type { PrincipalData } from '../../gate/index.ts';

/** Why a file is not taken from a credential that is confined in size. */
export const tooLargeFor = (principal: PrincipalData, limit: number): string =>
  `${principal.type === 'credential' ? principal.credentialId : ''}: it may push at most ${limit} bytes at a time, and this file is larger.`;
