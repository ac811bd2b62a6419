import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inNetwork, readAddress, readNetwork } from '../../../src/gate/index.ts';

const within = (network: string, address: string): boolean => {
  const net = readNetwork(network);
  const at = readAddress(address);
  if (net === undefined || at === undefined) throw new TypeError(`${network} or ${address} is not read.`);
  return inNetwork(net, at);
};

/** An address as one number and its family; written for good addresses only. */
function asNumber(text: string): { readonly value: bigint; readonly width: 32 | 128 } {
  if (!text.includes(':')) {
    return { width: 32, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const low = asNumber(dotted[2]!).value;
    return asNumber(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const value = [...left, ...zeros, ...right].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
  // RFC 4291 §2.5.5.2: an IPv4 address in the clothes of IPv6.
  return value >> 32n === 0xffffn ? { width: 32, value: value & 0xffffffffn } : { width: 128, value };
}

function expected(base: string, prefix: number, address: string): boolean {
  const network = asNumber(base);
  const at = asNumber(address);
  if (network.width !== at.width) return false;
  const length = network.width === 32 && base.includes(':') ? prefix - 96 : prefix;
  const shift = BigInt(network.width - length);
  return network.value >> shift === at.value >> shift;
}

const v4 = fc.ipV4();
const v6 = fc.ipV6();
const mapped = v4.map((address) => `::ffff:${address}`);
const address = fc.oneof(v4, v6, mapped);

/** A network that contains `address` with so many bits, its other bits cleared. */
function networkOf(text: string, bits: number): { readonly base: string; readonly prefix: number } {
  const { value, width } = asNumber(text);
  const prefix = bits % (width + 1);
  const shift = BigInt(width - prefix);
  const base = (value >> shift) << shift;
  if (width === 32) {
    return { prefix, base: [24n, 16n, 8n, 0n].map((by) => String((base >> by) & 255n)).join('.') };
  }
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((base >> BigInt(112 - at * 16)) & 0xffffn).toString(16),
  );
  return { prefix, base: groups.join(':') };
}

describe('a network', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    // Who writes an IPv6 network means IPv6; every IPv4 address would be a surprise.
    ['::/0', '203.0.113.9', false],
    ['::/64', '203.0.113.9', false],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['192.0.2.0/24', '::ffff:c000:209', true],
    ['2001:db8::/32', '2001:DB8:0:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['10.0.0.0/7', '11.255.0.1', true],
    ['10.0.0.0/7', '12.0.0.1', false],
  ])('%s and %s: %s', (network, at, inside) => {
    expect(within(network, at)).toBe(inside);
  });

  it.each([
    '',
    ' ',
    '/',
    '192.0.2.0/',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/024',
    '192.0.2.0/2 4',
    '192.0.2.1/24',
    '192.0.2',
    '192.0.2.0.1',
    '192.0.2.256',
    '192.0.02.1',
    '0x7f.0.0.1',
    '127.1',
    '1.2.3.4/8/8',
    '1.2.3.4%eth0',
    '::/129',
    '2001:db8::1/32',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'g::',
    'fe80::1%eth0',
    'localhost',
    '192.0.2.0/24,10.0.0.0/8',
    '٣.0.0.1',
  ])('%j is none', (text) => {
    expect(readNetwork(text)).toBeUndefined();
  });

  it('contains the addresses that arithmetic says it contains', () => {
    fc.assert(
      fc.property(address, fc.nat(128), address, fc.boolean(), (inside, bits, other, near) => {
        const { base, prefix } = networkOf(inside, bits);
        const at = near ? inside : other;
        expect(within(`${base}/${prefix}`, at)).toBe(expected(base, prefix, at));
        expect(within(`${base}/${prefix}`, inside)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('is made of addresses as the system reads them', () => {
    const digits = fc.stringMatching(/^[0-9a-f:.%]{1,24}$/);
    fc.assert(
      fc.property(fc.oneof(address, digits, fc.string()), (text) => {
        expect([text, readAddress(text) !== undefined]).toEqual([text, isIP(text) !== 0]);
      }),
      { numRuns: 20_000 },
    );
  });

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        readNetwork(text);
        readAddress(text);
      }),
    );
    expect(readNetwork(`${'1:'.repeat(100_000)}:/64`)).toBeUndefined();
    expect(readNetwork(':'.repeat(100_000))).toBeUndefined();
  });
});
