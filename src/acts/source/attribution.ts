import type { Account } from '../../accounts/account.ts';
import { accountsByEmail } from '../../accounts/by-email.ts';
import type { Services } from '../../services.ts';

export type { Account } from '../../accounts/account.ts';

/** The account behind an e-mail address in a commit. */
export type Attribution = ReadonlyMap<string, Account>;

/**
 * The accounts behind the e-mail addresses of commits and tags, by the address in lower case. An address proves nothing,
 * so this names whose address it is and never who pushed.
 */
export const attribute = (services: Services, emails: readonly string[]): Promise<Attribution> =>
  accountsByEmail(services.database, emails, services.settings.botHost);
