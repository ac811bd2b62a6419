import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provesKey, readPublicKey } from '../../src/credentials/index.ts';
import { Problem } from '../../src/problem.ts';
import { ecPoint, sshBlob, sshString } from '../support/ssh-blob.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function keygen(...args: readonly string[]): { path: string; line: string } {
  const path = join(folder, `key${(made += 1)}`);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'ada on her laptop', ...args, '-f', path]);
  return { path, line: readFileSync(`${path}.pub`, 'utf8') };
}

const problemOf = (text: string): string => {
  try {
    readPublicKey(text);
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  return 'accepted';
};

const GENERATED: readonly (readonly [string, ...string[]])[] = [
  ['ssh-ed25519', '-t', 'ed25519'],
  ['ecdsa-sha2-nistp256', '-t', 'ecdsa', '-b', '256'],
  ['ecdsa-sha2-nistp384', '-t', 'ecdsa', '-b', '384'],
  ['ecdsa-sha2-nistp521', '-t', 'ecdsa', '-b', '521'],
  ['ssh-rsa', '-t', 'rsa', '-b', '2048'],
];

describe('a public key', () => {
  it.each(GENERATED)(
    '%s is read as ssh-keygen writes it, and has the fingerprint that it prints',
    (type, ...args) => {
      const { path, line } = keygen(...args);
      const key = readPublicKey(line);
      const printed = execFileSync('ssh-keygen', ['-lf', `${path}.pub`])
        .toString()
        .split(' ')
        .at(1);
      expect(printed).toMatch(/^SHA256:/);
      expect(key).toMatchObject({ type, fingerprint: String(printed), comment: 'ada on her laptop' });
      expect(line).toContain(`${type} ${key.blob} `);
      expect(readPublicKey(`${type}\t${key.blob}`)).toMatchObject({
        fingerprint: String(printed),
        comment: '',
      });
    },
  );

  it('of a security key is read', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const blob = sshBlob('sk-ssh-ed25519@openssh.com', point, 'ssh:');
    expect(readPublicKey(`sk-ssh-ed25519@openssh.com ${blob.toString('base64')}`).type).toBe(
      'sk-ssh-ed25519@openssh.com',
    );
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const second = sshBlob('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', ecPoint(ec.publicKey), 'ssh:');
    expect(problemOf(`sk-ecdsa-sha2-nistp256@openssh.com ${second.toString('base64')}`)).toBe('accepted');
  });

  it('that is none is refused with one sentence that says what would be right', () => {
    const { path, line } = keygen('-t', 'ed25519');
    const [type = '', encoded = ''] = line.split(' ');
    const blob = Buffer.from(encoded, 'base64');
    const small = keygen('-t', 'rsa', '-b', '1024').line;
    const ca = keygen('-t', 'ed25519').path;
    execFileSync('ssh-keygen', ['-q', '-s', ca, '-I', 'x', `${path}.pub`]);
    const offCurve = ecPoint(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    offCurve[40] = (offCurve[40] ?? 0) ^ 1;
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /^Give the public key, such as/],
      [readFileSync(path, 'utf8'), /This is a private key/],
      [readFileSync(`${path}-cert.pub`, 'utf8'), /It is a certificate/],
      [small, /RSA key of 1024 bits, and at least 2048/],
      ['ssh-dss AAAAB3NzaC1kc3MAAACB', /DSA keys are no longer safe/],
      [`command="sh",no-pty ${line}`, /without anything before it/],
      [`from="*" ${line}`, /without anything before it/],
      [`${line}${line}`, /one key, on one line/],
      [`${type} ${encoded.slice(0, 20)}\n${encoded.slice(20)}`, /one key, on one line/],
      [`${type} ${encoded}\u0000`, /control characters/],
      [type, /type, then the key/],
      [encoded, /type, then the key.*Accepted are/],
      [`${type} ${encoded.slice(0, -4)}`, /type, then the key/],
      [`${type} ${Buffer.concat([blob, Buffer.from('x')]).toString('base64')}`, /Something follows/],
      [`ssh-rsa ${encoded}`, /type and its content do not agree/],
      [
        `ecdsa-sha2-nistp256 ${sshBlob('ecdsa-sha2-nistp256', 'nistp384', offCurve).toString('base64')}`,
        /curve/,
      ],
      [
        `ecdsa-sha2-nistp256 ${sshBlob('ecdsa-sha2-nistp256', 'nistp256', offCurve).toString('base64')}`,
        /invalid/,
      ],
      [`ssh-ed25519 ${sshBlob('ssh-ed25519', Buffer.alloc(31)).toString('base64')}`, /invalid/],
      ['x'.repeat(20_000), /longer than/],
    ];
    for (const [text, says] of cases) expect(problemOf(text)).toMatch(says);
    for (const [text] of cases.slice(1)) expect(problemOf(text)).toMatch(/^That SSH key is invalid\. /);
  });

  it('is never read from noise, and noise never throws anything but a Problem', () => {
    const { line } = keygen('-t', 'ecdsa');
    const [type = '', encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(bytes.length),
        (at, by, cut) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ by;
          expect(problemOf(`${type} ${changed.toString('base64')}`)).not.toBe('accepted');
          if (cut < bytes.length)
            expect(problemOf(`${type} ${bytes.subarray(0, cut).toString('base64')}`)).not.toBe('accepted');
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(problemOf(text)).not.toBe('accepted');
        expect(problemOf(`ssh-rsa ${text}`)).not.toBe('accepted');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a proof of a key', () => {
  const signed = Buffer.from('what was signed');
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const securityKey = (flags: number, privateKey: KeyObject) => {
    const tail = Buffer.from([flags, 0, 0, 0, 7]);
    const message = Buffer.concat([sha256(Buffer.from('ssh:')), tail, sha256(signed)]);
    return { tail, message, own: sign(null, message, privateKey) };
  };

  it('of an RSA key holds by SHA-2 and never by SHA-1', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
    const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]);
    const blob = sshBlob('ssh-rsa', Buffer.from(e, 'base64url'), modulus);
    const proof = { type: 'ssh-rsa', blob, signed } as const;
    for (const rsaHash of ['sha256', 'sha512'] as const) {
      expect(provesKey({ ...proof, rsaHash, signature: sign(rsaHash, signed, privateKey) })).toBe(true);
    }
    expect(provesKey({ ...proof, rsaHash: undefined, signature: sign('sha1', signed, privateKey) })).toBe(
      false,
    );
    expect(provesKey({ ...proof, rsaHash: 'sha256', signature: sign('sha1', signed, privateKey) })).toBe(
      false,
    );
  });

  it('of a security key needs a touch, the right message and nothing behind it', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const type = 'sk-ssh-ed25519@openssh.com';
    const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const blob = sshBlob(type, point, 'ssh:');
    const { own, tail } = securityKey(1, privateKey);
    const proof = { type, blob, signed, rsaHash: undefined } as const;
    const signature = Buffer.concat([own, tail]);
    expect(provesKey({ ...proof, signature })).toBe(true);
    expect(provesKey({ ...proof, signed: Buffer.from('other'), signature })).toBe(false);
    expect(provesKey({ ...proof, blob: sshBlob(type, point, 'ssh:other'), signature })).toBe(false);
    expect(provesKey({ ...proof, signature: Buffer.concat([signature, Buffer.from('x')]) })).toBe(false);
    const untouched = securityKey(0, privateKey);
    expect(provesKey({ ...proof, signature: Buffer.concat([untouched.own, untouched.tail]) })).toBe(false);
  });

  it('of an ECDSA security key holds, with its numbers of any length', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
    const blob = sshBlob(type, 'nistp256', ecPoint(publicKey), 'ssh:');
    for (let round = 0; round < 30; round += 1) {
      const { message, tail } = securityKey(5, generateKeyPairSync('ed25519').privateKey);
      const own = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const number = (bytes: Buffer) => {
        let at = 0;
        while (bytes[at] === 0) at += 1;
        const short = bytes.subarray(at);
        return sshString((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), short]) : short);
      };
      const signature = Buffer.concat([number(own.subarray(0, 32)), number(own.subarray(32)), tail]);
      expect(provesKey({ type, blob, signed, signature, rsaHash: undefined })).toBe(true);
    }
  });

  it('that is noise proves nothing', () => {
    const { line } = keygen('-t', 'ecdsa');
    const [type = '', encoded = ''] = line.split(' ');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom('sha256', 'sha512', undefined),
        (bytes, rsaHash) => {
          const signature = Buffer.from(bytes);
          const blob = Buffer.from(encoded, 'base64');
          expect(provesKey({ type, blob, signed, signature, rsaHash })).toBe(false);
          expect(provesKey({ type: 'ssh-rsa', blob: signature, signed, signature, rsaHash })).toBe(false);
        },
      ),
    );
  });
});
