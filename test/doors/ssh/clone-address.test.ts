import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { sshCloneAddress } from '../../../src/doors/shared/clone-address.ts';

const app = { slug: 'app', workspace: { slug: 'acme' } };

describe('the address of a repository over SSH', () => {
  it.each([
    ['ssh://git@git.example.com:7999', 'ssh://git@git.example.com:7999/acme/app.git'],
    ['ssh://git@git.example.com', 'git@git.example.com:acme/app.git'],
    ['ssh://git@git.example.com:22', 'git@git.example.com:acme/app.git'],
    ['ssh://git@[2001:db8::1]', 'git@[2001:db8::1]:acme/app.git'],
  ])('at %s is %s', (url, address) => {
    expect(sshCloneAddress(url, app)).toBe(address);
  });

  it('is given by the operator in this form and no other', () => {
    const read = (url: string) => () => readSettings({ data: 'data', ssh_url: url }, {});
    for (const url of [
      'ssh://git@git.example.com',
      'ssh://git@git.example.com:7999/',
      'ssh://git@[::1]:22',
    ]) {
      expect(read(url)).not.toThrow();
    }
    for (const url of [
      'git.example.com',
      'git@git.example.com:',
      'https://git.example.com',
      'ssh://git.example.com',
      'ssh://git@git.example.com/acme',
    ]) {
      expect(read(url)).toThrow(/ssh:\/\/git@git\.example\.com:7999/);
    }
    for (const port of ['70000', 'on', '-1']) {
      expect(() => readSettings({ data: 'data', ssh_port: port }, {})).toThrow(/port/);
    }
    expect(readSettings({ data: 'data', ssh_port: 'off' }, {}).ssh_port).toBe('off');
    expect(readSettings({ data: 'data' }, { LATCHKEY_SSH_PORT: '0' }).ssh_port).toBe(0);
  });
});
