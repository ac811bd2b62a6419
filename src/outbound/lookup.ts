import { lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { OutboundNetworks } from './networks.ts';

/** A name that leads there, or nowhere: who asks is not told which, since names are of networks of our own, too. */
export class LeadsNowhere extends Error {}

/** What a name leads to is judged where it is connected to: it cannot lead elsewhere a moment later. */
export const lookupWithin =
  (networks: OutboundNetworks, port: number): LookupFunction =>
  (name, options, callback) => {
    resolveName(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(new LeadsNowhere(), '');
      const allowed = found.filter(({ address }) => networks.allows(address, port));
      const [first] = allowed;
      if (first === undefined) return callback(new LeadsNowhere(), '');
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
