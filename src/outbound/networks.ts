import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { inNetwork, readAddress, readNetwork, type Network } from '../gate/index.ts';

const read = (texts: readonly string[]): Network[] =>
  texts.flatMap((text) => {
    const network = readNetwork(text);
    return network === undefined ? [] : [network];
  });

/** What is not reached over the Internet, or is not meant to be (the registries of RFC 6890). */
const SPECIAL_V4 = read([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  // Of the public ones, the one at which a cloud serves its machines.
  '168.63.129.16/32',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
/** Of IPv6, only this is handed out to hosts, and in it some carry an IPv4 address or are for examples. */
const GLOBAL_V6 = read(['2000::/3']);
const SPECIAL_V6 = read(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);
const V4 = read(['0.0.0.0/0']);
const LOOPBACK = read(['127.0.0.0/8', '0.0.0.0/8', '::1', '::']);

const isIn = (networks: readonly Network[], address: readonly number[]): boolean =>
  networks.some((network) => inNetwork(network, address));

/** Where this host itself is. */
export interface OwnPlace {
  /** Every port that it listens on. */
  readonly ports: ReadonlySet<number>;
  /** How people reach it. */
  readonly publicUrl: string;
}

/** Where this host goes by itself at the word of others: to the Internet, and to what the operator named of the own networks. */
export class OutboundNetworks {
  readonly #named: readonly Network[];
  readonly #own: OwnPlace;

  /**
   * Throws an `Error` with one sentence for a network that cannot be read.
   *
   * @param setting the one that names them
   */
  constructor(named: readonly string[], own: OwnPlace, setting = 'webhook_networks') {
    const wrong = named.find((text) => readNetwork(text) === undefined);
    if (wrong !== undefined)
      throw new Error(
        `The setting "${setting}" cannot be used: ${JSON.stringify(wrong)} is no network such as 10.0.0.0/8, with nothing behind the bits that count.`,
      );
    this.#named = read(named);
    this.#own = own;
  }

  /** @param text an address, and not a name: what a name leads to is asked when it is connected to */
  allows(text: string, port: number): boolean {
    const address = readAddress(text);
    if (address === undefined) return false;
    const isNamed = isIn(this.#named, address);
    // What else listens on this machine may trust whoever comes from it.
    if (isOwn(address)) return isNamed && !this.#own.ports.has(port);
    if (isNamed) return true;
    return isIn(V4, address)
      ? !isIn(SPECIAL_V4, address)
      : isIn(GLOBAL_V6, address) && !isIn(SPECIAL_V6, address);
  }

  /** What can be said before a name is looked up: it is this host under its own name, or an address that is not allowed. */
  refuses(url: URL): boolean {
    const own = new URL(this.#own.publicUrl);
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (own.hostname === host && portOf(own) === portOf(url)) return true;
    return isIP(host) !== 0 && !this.allows(host, portOf(url));
  }
}

export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** An address of this machine. */
function isOwn(address: readonly number[]): boolean {
  if (isIn(LOOPBACK, address)) return true;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some(({ address: text }) => readAddress(text)?.join() === address.join());
}
