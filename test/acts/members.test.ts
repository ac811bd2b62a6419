import { expect, inject, it } from 'vitest';
import { removeMember } from '../../src/acts/workspaces/members.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { openHost } from './host.ts';

it('whoever is no member is not removed, and keeps the roles that they were given', async () => {
  const host = await openHost(inject('database'));
  const { services } = host;
  await host.person('ada');
  const workspace = await host.workspace('acme', 'ada');
  const app = await host.repository(workspace, 'app');
  const outside = await host.person('olga');
  const inside = await host.person('mia');
  await host.member(workspace, inside);
  for (const person of [outside, inside]) await host.role(app, person, 'write');
  const state = async () => ({
    roles: (await services.database.selectFrom('repository_role').select('subject_id').execute()).map(
      ({ subject_id }) => subject_id,
    ),
    audit: (await services.database.selectFrom('audit').select('operation').execute()).length,
  });
  const before = await state();
  const remove = async (user: string) =>
    removeMember(
      services,
      await enterAsOperator(services, 'workspace.member.remove', [{ type: 'workspace', workspace: 'acme' }]),
      user,
    );
  await expect(remove('olga')).rejects.toThrow('olga is no member of this workspace.');
  expect(await state()).toEqual(before);
  await remove('mia');
  expect(await state()).toEqual({ roles: [outside.id], audit: before.audit + 1 });
});
