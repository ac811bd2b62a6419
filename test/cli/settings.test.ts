import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/cli/settings.ts';
import { logLevelIn, readSettings } from '../../src/config.ts';
import { atEndOfFile } from '../support/cleanup.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-settings-'));
  atEndOfFile(async () => rmSync(path, { recursive: true, force: true }));
  return path;
}
/** The one sentence with which the settings are refused. */
function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    expect(message).not.toContain('topsecret');
    return message;
  }
  throw new Error('They were accepted.');
}

describe('settings', () => {
  it('have defaults that are safe', () => {
    expect(readSettings({ data: folder() }, {})).toMatchObject({
      host: '127.0.0.1',
      port: 7990,
      trusted_proxy: [],
      insecure_listener: false,
    });
    expect(readSettings({}, {}).data).toBe(resolve('./data'));
  });

  it.each<[string, Record<string, unknown>, Record<string, string>, RegExp]>([
    ['data', { data: '' }, {}, /"data"/],
    ['data', { data: 'a\0b' }, {}, /"data"/],
    ['port', { port: 'abc' }, {}, /^The setting "port" cannot be used: .* It means: Port/],
    ['port', { port: '70000' }, {}, /"port"/],
    ['port', { port: '-1' }, {}, /"port"/],
    ['port', { port: '80.5' }, {}, /"port"/],
    ['port', {}, { LATCHKEY_PORT: 'http' }, /"port"/],
    [
      'port',
      { port: '' },
      {},
      /^The setting "port" cannot be used: must be a whole number from 0 to 65535\. /,
    ],
    ['host', { host: '' }, {}, /"host"/],
    ['host', { ssh_host: '' }, {}, /"ssh_host"/],
    ['workers', { workers: '' }, {}, /"workers".*from 1 to 256/],
    ['url', { url: 'https://git.example.com/sub' }, {}, /"url".*https:\/\/git\.example\.com:8443/],
    ['url', { url: 'https://git.example.com/.' }, {}, /"url"/],
    ['url', { url: 'https://u:topsecret@git.example.com' }, {}, /"url"/],
    ['url', { url: 'https://git.example.com?x' }, {}, /"url"/],
    ['url', { url: 'https://git.example.com/#x' }, {}, /"url"/],
    ['url', { url: 'https://git.example.com:99999' }, {}, /"url"/],
    ['metrics', { metrics: '127.0.0.1:99999' }, {}, /"metrics".*HOST:PORT/],
    ['switch', {}, { LATCHKEY_INSECURE_LISTENER: 'yes' }, /"insecure_listener".*true or false/],
    ['url', { url: 'git.example.com' }, {}, /"url".*It means: Address/],
    ['url', { url: 'ftp://git.example.com' }, {}, /"url"/],
    ['url', {}, { LATCHKEY_URL: 'x' }, /"url"/],
    ['database', { database: 'mysql://u:topsecret@h/x' }, {}, /"database".*postgres:\/\//],
    ['database', {}, { LATCHKEY_DATABASE: 'x:topsecret@y' }, /"database"/],
    ['mail server', {}, { LATCHKEY_SMTP_URL: 'smtp://me:topsecret50%off@h' }, /"smtp_url".*written %25\. /],
    ['mail server', { smtp_url: 'smtp://50%off@h' }, {}, /"smtp_url".*written %25\. /],
    ['mail server', { smtp_url: 'https://h' }, {}, /"smtp_url"/],
    ['proxy', { trusted_proxy: ['everybody'] }, {}, /"trusted_proxy".*10\.0\.0\.0\/8/],
    ['proxy', { trusted_proxy: ['10.0.0.0/33'] }, {}, /"trusted_proxy"/],
    ['proxy', { trusted_proxy: ['10.0.0.0/8/8'] }, {}, /"trusted_proxy"/],
    ['proxy', {}, { LATCHKEY_TRUSTED_PROXY: '10.0.0.0/x' }, /"trusted_proxy"/],
  ])('refuse a bad %s: %j %j', (_name, options, environment, sentence) => {
    expect(refused(() => readSettings({ data: folder(), ...options }, environment))).toMatch(sentence);
  });

  it.each([
    ['{', /must hold one JSON object/],
    ['[]', /must hold one JSON object/],
    ['null', /must hold one JSON object/],
    ['"x"', /must hold one JSON object/],
    ['\0\0', /must hold one JSON object/],
    ['{"prot": 1}', /prot/],
    ['{"port": "many"}', /"port"/],
    ['{"port": null}', /"port"/],
    ['{"port": true}', /"port"/],
    ['{"port": ""}', /"port"/],
    ['{"maintenance_seconds": null}', /"maintenance_seconds".*from 0 to 86400/],
    ['{"insecure_listener": "maybe"}', /"insecure_listener"/],
    ['{"data": "./elsewhere"}', /"data" .*latchkey\.json.*--data or LATCHKEY_DATA/],
    ['{"trusted_proxy": ["x"]}', /"trusted_proxy"/],
    ['{"deleted_repository_days": -1}', /"deleted_repository_days"/],
  ])('refuse a file that says %j', (text, sentence) => {
    const data = folder();
    writeFileSync(join(data, 'latchkey.json'), text);
    expect(refused(() => readSettings({ data }, {}))).toMatch(sentence);
  });

  it('take networks of proxies as they are written', () => {
    const wanted = ['10.0.0.0/8', '::1', 'fd00::/8', '192.0.2.7'];
    expect(readSettings({ data: folder(), trusted_proxy: wanted }, {}).trusted_proxy).toEqual(wanted);
    const environment = { LATCHKEY_TRUSTED_PROXY: '10.0.0.0/8, ::1' };
    expect(readSettings({ data: folder() }, environment).trusted_proxy).toEqual(['10.0.0.0/8', '::1']);
  });

  it('of the command line win over the environment, and those over the file', () => {
    const data = folder();
    writeFileSync(join(data, 'latchkey.json'), '{"port": 1, "host": "::1", "url": "http://file.example"}');
    const environment = { LATCHKEY_PORT: '2', LATCHKEY_URL: 'http://environment.example', LATCHKEY_HOST: '' };
    expect(readSettings({ data, port: '3' }, environment)).toMatchObject({
      port: 3,
      url: 'http://environment.example',
      host: '::1',
    });
  });

  it('may be written as text or as what they are, and an address with a slash at its end', () => {
    const data = folder();
    writeFileSync(join(data, 'latchkey.json'), '{"port": "80", "maintenance_seconds": 5}');
    const url = 'https://[2001:db8::1]:8443/';
    const environment = { LATCHKEY_INSECURE_LISTENER: 'false', LATCHKEY_WORKERS: '2', LATCHKEY_URL: url };
    expect(readSettings({ data }, environment)).toMatchObject({
      port: 80,
      maintenance_seconds: 5,
      insecure_listener: false,
      workers: 2,
      url,
    });
    for (const yes of ['1', 'true', true]) {
      expect(readSettings({ data, insecure_listener: yes }, {}).insecure_listener).toBe(true);
    }
  });

  it('take a level of the log that there is', () => {
    expect(logLevelIn({})).toBe('warn');
    expect(logLevelIn({ LATCHKEY_LOG: '' })).toBe('warn');
    expect(logLevelIn({ LATCHKEY_LOG: 'silent' })).toBe('silent');
    expect(refused(() => logLevelIn({ LATCHKEY_LOG: 'bogus' }))).toMatch(/LATCHKEY_LOG.*silent, .*debug/);
  });

  it('take no password of the database from the command line', () => {
    const options = (database: string) => ({ data: folder(), database });
    expect(refused(() => settingsOf(options('postgres://u:topsecret@127.0.0.1/x')))).toMatch(
      /LATCHKEY_DATABASE/,
    );
    expect(settingsOf(options('postgres://u@127.0.0.1/x')).database).toBe('postgres://u@127.0.0.1/x');
  });
});
