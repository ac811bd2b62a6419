const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const KIB = 1024;
const MIB = 1024 * KIB;

/** What one client, and all of them together, may take. */
export const LIMITS = {
  /** Connections at once. */
  connections: 1_000,
  /** Of these, how many may not have proven a key yet; and how many of one network address. */
  unproven: 200,
  unprovenOfOneAddress: 64,
  /** Time from the connection to a proven key; it includes the touch of a security key. */
  proofMs: 60 * SECOND,
  /** Keys that a client may offer before it proves one: agents hold many. */
  offers: 20,
  /** Signatures that prove nothing, and methods that are not public keys. */
  failures: 6,
  /** Sessions of one connection at once, as of OpenSSH; clients that share a connection open several. */
  sessions: 10,
  /** Environment variables, terminals and whatever else is asked for in one session before its command. */
  requests: 64,
  /** A connection in which nothing runs. */
  idleMs: 10 * MINUTE,
  /** A client that sends nothing while it is awaited, or takes nothing that it asked for: as long as Git itself waits. */
  silenceMs: 30 * MINUTE,
  /** A client that does not close what is over. */
  closingMs: 5 * SECOND,
  /** Unsent bytes of a connection, from which on a command is not asked for more. */
  unsent: 96 * KIB,
  /** Unsent answers to requests that nobody reads, and received bytes beyond what was allowed: no client comes near. */
  excess: 8 * MIB,
} as const;

export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

/** What one of so many processes may take, over which new connections are spread evenly. */
export const limitsOfOne = (processes: number): Limits => ({
  ...LIMITS,
  connections: Math.ceil(LIMITS.connections / processes),
  unproven: Math.ceil(LIMITS.unproven / processes),
  unprovenOfOneAddress: Math.ceil(LIMITS.unprovenOfOneAddress / processes),
});
