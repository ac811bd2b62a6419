import { z } from 'zod';
import { viewAccount } from '../../../acts/accounts/profile.ts';
import { listSshKeys, revokeSshKey, type ListedKey } from '../../../acts/keys/ssh-keys.ts';
import type { Grant } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toAccount } from '../../shared/policy.ts';
import { admitsNobody, answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { SshKey, sshKeyObject } from '../objects/ssh-key.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow, slicePage } from '../paging.ts';

const Parameters = z.object({ user: z.string().describe('{uuid}, account id or user name.') });
const KeyParameters = Parameters.extend({ key: z.string().describe('uuid of the key, with or without {}.') });
const ADDING = 'Answers 403 to every credential: people add keys on the pages of this host.';

/** The SSH keys of an account. A credential may read and remove those of its owner, and adds none. */
export function addSshKeyRoutes(app: Api, { services, linksOf }: Context): void {
  const listing = policy('ssh_key.list', toAccount);
  const adding = policy('ssh_key.add', toAccount);

  /** Those that open something, now or later: ended ones are history, which the pages show. */
  const living = async (grant: Grant<'ssh_key.list'>): Promise<readonly ListedKey[]> =>
    (await listSshKeys(services, grant)).filter(
      ({ credential: { state } }) => state === 'active' || state === 'paused',
    );

  app.get(
    '/users/:user/ssh-keys',
    {
      config: listing,
      schema: {
        summary: 'The SSH keys of the account',
        params: Parameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(SshKey)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'ssh_key.list');
      const window = readWindow(request.query);
      const owner = await viewAccount(services, grant);
      const keys = await living(grant);
      const values = slicePage(keys, window).map((key) => sshKeyObject(linksOf(request), owner, key));
      return numberedPage(services.publicUrl, request, window, keys.length, values);
    },
  );

  app.post(
    '/users/:user/ssh-keys',
    {
      config: adding,
      schema: {
        summary: 'Add an SSH key',
        description: ADDING,
        params: Parameters,
        response: { 201: SshKey, default: ErrorEnvelope },
      },
    },
    admitsNobody,
  );

  app.get(
    '/users/:user/ssh-keys/:key',
    {
      config: listing,
      schema: {
        summary: 'One SSH key',
        params: KeyParameters,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(SshKey),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'ssh_key.list');
      const uuid = uuidOf(request.params.key);
      const key = (await living(grant)).find((each) => each.key.uuid === uuid);
      if (key === undefined) throw noSuchKey(request.params.key);
      return sshKeyObject(linksOf(request), await viewAccount(services, grant), key);
    },
  );

  app.put(
    '/users/:user/ssh-keys/:key',
    {
      config: adding,
      schema: {
        summary: 'Change an SSH key',
        description: ADDING,
        params: KeyParameters,
        response: answers(SshKey),
      },
    },
    admitsNobody,
  );

  app.delete(
    '/users/:user/ssh-keys/:key',
    {
      config: policy('ssh_key.revoke', toAccount),
      schema: {
        summary: 'Remove an SSH key',
        params: KeyParameters,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const uuid = uuidOf(request.params.key);
      if (uuid === undefined) throw noSuchKey(request.params.key);
      await revokeSshKey(services, grantOf(request, 'ssh_key.revoke'), uuid);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

const uuidOf = (name: string): string | undefined =>
  /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i.exec(name)?.[1]?.toLowerCase();

const noSuchKey = (name: string): Problem =>
  new Problem('not_found', `There is no SSH key ${JSON.stringify(name.slice(0, 60))} here.`);
