import { accountOf, appUserOf, type PrincipalData } from '../../gate/index.ts';
import type { Person } from '../../git/encode-object.ts';

/** Who stands in what is written for them: the account behind the credential, or the bot of a token. Throws `TypeError` for nobody. */
export function writerOf(principal: PrincipalData): Person {
  const writer = appUserOf(principal) ?? accountOf(principal);
  if (writer === null) throw new TypeError('Commits and tags are written by somebody.');
  return { name: writer.displayName, email: writer.email };
}
