/** Whether an address lies where the bots of this host have theirs, `…@bots.HOST`: no person has one there. */
export const isBotAddress = (email: string, botHost: string): boolean =>
  email.toLowerCase().endsWith(`@bots.${botHost}`.toLowerCase());
