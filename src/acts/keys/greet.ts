import { accountOf, type Grant } from '../../gate/index.ts';

/** How whoever holds a key is greeted: by the name of the person, or of the access key. */
export const greetedName = ({ principal }: Grant<'credential.self'>): string =>
  accountOf(principal)?.displayName ?? (principal.type === 'credential' ? principal.label : '');
