/** Eight numbers of 16 bits; an IPv4 address is the IPv6 address that maps it, so that both are compared alike. */
export type Address = readonly number[];

export interface Network {
  readonly text: string;
  readonly base: Address;
  readonly bits: number;
}

const MAPPED = [0, 0, 0, 0, 0, 0xffff];
const MAPPED_BITS = 96;
const LONGEST = 100;

/** Reads an IPv4 or IPv6 address (RFC 4291 §2.2; the zone of an IPv6 address is dropped); undefined for anything else. */
export function readAddress(text: string): Address | undefined {
  if (!text.includes(':')) return readV4(text);
  // Longer than any address: nothing is gained by looking into it.
  if (text.length > LONGEST) return undefined;
  const zone = text.indexOf('%');
  if (zone === -1) return readV6(text);
  return /^[0-9A-Za-z.:-]+$/.test(text.slice(zone + 1)) ? readV6(text.slice(0, zone)) : undefined;
}

function readV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : Number.NaN));
  if (!bytes.every((byte) => byte <= 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [...MAPPED, a * 256 + b, c * 256 + d];
}

function readV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Groups between colons; at the very end of an address the last two may be written as an IPv4 address. */
function readGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const numbers: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (group.includes('.') && atEnd && index === groups.length - 1) {
      const v4 = readV4(group);
      if (v4 === undefined) return undefined;
      numbers.push(...v4.slice(6));
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      numbers.push(Number.parseInt(group, 16));
    } else {
      return undefined;
    }
  }
  return numbers;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. Undefined for nonsense, and for bits set behind the prefix: who writes those meant something else. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const base = rest.length > 0 ? undefined : readAddress(address);
  if (base === undefined || text.includes('%')) return undefined;
  const offset = address.includes(':') ? 0 : MAPPED_BITS;
  if (prefix !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const bits = prefix === undefined ? 128 : Number(prefix) + offset;
  if (bits > 128) return undefined;
  const network = { text, base, bits };
  const clean = base.every((group, index) => (group & ~maskOf(bits, index) & 0xffff) === 0);
  return clean ? network : undefined;
}

/** The mask of one group of 16 bits under a prefix. */
function maskOf(bits: number, index: number): number {
  const left = Math.min(16, Math.max(0, bits - index * 16));
  return (0xffff << (16 - left)) & 0xffff;
}

/** An IPv6 network that is wider than all of IPv4 (`::/0`) contains no IPv4 address: who writes one means IPv6. */
export function inNetwork(network: Network, address: Address): boolean {
  if (network.bits < MAPPED_BITS && isMapped(address)) return false;
  for (let index = 0; index * 16 < network.bits; index++) {
    const mask = maskOf(network.bits, index);
    if (((address[index] ?? 0) & mask) !== ((network.base[index] ?? 0) & mask)) return false;
  }
  return true;
}

const isMapped = (address: Address): boolean => MAPPED.every((group, index) => address[index] === group);
