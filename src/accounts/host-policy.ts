import type { Handle } from '../store/handle.ts';

/** Whether the host asks two-step verification of everybody. */
export async function hostRequiresTwoStep(db: Handle): Promise<boolean> {
  const row = await db.selectFrom('host_policy').select('requires_two_step').executeTakeFirst();
  return row?.requires_two_step === 1;
}

export async function setHostRequiresTwoStep(db: Handle, required: boolean): Promise<void> {
  await db
    .updateTable('host_policy')
    .set({ requires_two_step: required ? 1 : 0 })
    .execute();
}
