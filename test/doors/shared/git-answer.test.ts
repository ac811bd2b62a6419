import { expect, it } from 'vitest';
import { answerTo } from '../../../src/doors/shared/git-answer.ts';
import { serviceNamed } from '../../../src/doors/git-http/service.ts';
import { Refused, type Refusal } from '../../../src/gate/index.ts';

const genuine = { id: 'cred_1', kind: 'app_password', scopes: ['repository'] } as const;

const answers: readonly (readonly [Refusal, number])[] = [
  [{ code: 'credentials_malformed', why: 'it is empty' }, 401],
  [{ code: 'secret_not_ours' }, 401],
  [{ code: 'secret_unknown' }, 401],
  [{ code: 'credential_ended', credentialId: 'cred_1', kind: 'app_password', state: 'revoked', at: 0 }, 401],
  [{ code: 'user_name_wrong', credentialId: 'cred_1', kind: 'app_password', expected: ['"ada"'] }, 401],
  [{ code: 'credential_paused', credentialId: 'cred_1', kind: 'app_password' }, 403],
  [{ code: 'account_disabled' }, 403],
  [{ code: 'target_missing', wanted: 'repository', position: 0 }, 404],
  [{ code: 'role_too_small', operation: 'repository.push', needed: 'write', held: 'read' }, 403],
  [
    {
      code: 'out_of_bounds',
      operation: 'repository.fetch',
      credentialId: 'cred_1',
      bound: 'repositories',
      says: 'it is confined',
    },
    403,
  ],
  [{ code: 'wiki_off' }, 404],
];

it('each refusal has its status, a sentence that is known and one that helps', () => {
  for (const [refusal, status] of answers) {
    const answer = answerTo(new Refused(refusal, genuine));
    expect(answer.status, refusal.code).toBe(status);
    expect(answer.text.split('\n')).toHaveLength(2);
    for (const line of answer.text.split('\n')) expect(line).not.toBe('');
  }
});

it('a stranger hears one answer, whatever the reason', () => {
  const missing = answerTo(new Refused({ code: 'target_missing', wanted: 'repository', position: 0 }));
  const signIn = answerTo(new Refused({ code: 'sign_in_needed', operation: 'repository.push' }));
  expect(missing).toEqual(signIn);
  expect(missing.status).toBe(401);
});

it('a service is named exactly once or not at all', () => {
  expect(serviceNamed('/a/b/info/refs?service=git-upload-pack')).toBe('git-upload-pack');
  expect(serviceNamed('/a/b/info/refs?x=1&service=git%2Dreceive-pack')).toBe('git-receive-pack');
  for (const query of [
    '',
    '?service',
    '?service=git-upload-pack&service=git-upload-pack',
    '?service=git-upload-pack&service=git-receive-pack',
    '?service=git-upload-archive',
    '?SERVICE=git-upload-pack',
    '?service=git-upload-pack%00',
    '?q=service=git-upload-pack',
  ]) {
    expect(serviceNamed(`/a/b/info/refs${query}`), query).toBeUndefined();
  }
});
