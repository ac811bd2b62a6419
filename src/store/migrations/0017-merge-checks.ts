import { sql, type Kysely } from 'kysely';

/** Branch restrictions that say how many there must be of something before a pull request is merged. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('branch_restriction').addColumn('value', 'integer').execute();
  // Until now a rule about pushing was all that a branch could be closed by. It stays as closed to merging as it was.
  const { rows } = await sql<{ last: number | null }>`select max(id) as last from branch_restriction`.execute(
    db,
  );
  const last = rows[0]?.last ?? 0;
  await sql`insert into branch_restriction (repository_id, kind, pattern, created_at)
    select repository_id, 'restrict_merges', pattern, created_at from branch_restriction r
    where kind = 'push' and not exists (select 1 from branch_restriction o
      where o.repository_id = r.repository_id and o.pattern = r.pattern and o.kind = 'restrict_merges')`.execute(
    db,
  );
  await sql`insert into branch_restriction_subject (restriction_id, subject_type, subject_id)
    select merges.id, s.subject_type, s.subject_id from branch_restriction merges
    join branch_restriction pushes on pushes.repository_id = merges.repository_id and pushes.pattern = merges.pattern
      and pushes.kind = 'push'
    join branch_restriction_subject s on s.restriction_id = pushes.id
    where merges.kind = 'restrict_merges' and merges.id > ${last}`.execute(db);
}
