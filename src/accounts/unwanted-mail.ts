import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { UnwantedMailTable } from '../store/schema.ts';

/** What people can do without. What concerns the safety of an account is told in any case. */
type MailAbout = UnwantedMailTable['about'];

/** Which of these accounts are told of it: all who did not say otherwise. */
export async function whoWantsMail(
  db: Handle,
  accountIds: readonly string[],
  about: MailAbout,
): Promise<ReadonlySet<string>> {
  const rows = await inParts(accountIds, (part) =>
    db
      .selectFrom('unwanted_mail')
      .select('account_id')
      .where('account_id', 'in', part)
      .where('about', '=', about)
      .execute(),
  );
  const unwanting = new Set(rows.map(({ account_id }) => account_id));
  return new Set(accountIds.filter((id) => !unwanting.has(id)));
}

export const wantsMail = async (db: Handle, accountId: string, about: MailAbout): Promise<boolean> =>
  (await whoWantsMail(db, [accountId], about)).has(accountId);

export async function setWantsMail(
  trx: Handle,
  accountId: string,
  about: MailAbout,
  wants: boolean,
): Promise<void> {
  if (wants)
    await trx
      .deleteFrom('unwanted_mail')
      .where('account_id', '=', accountId)
      .where('about', '=', about)
      .execute();
  else
    await trx
      .insertInto('unwanted_mail')
      .values({ account_id: accountId, about })
      .onConflict((conflict) => conflict.columns(['account_id', 'about']).doNothing())
      .execute();
}
