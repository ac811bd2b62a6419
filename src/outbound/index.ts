/** Requests that this host makes by itself: where they may go, held to at the moment of connecting. */
export { LeadsNowhere, lookupWithin } from './lookup.ts';
export { OutboundNetworks, portOf, type OwnPlace } from './networks.ts';
