import type { KeyReading } from '../../federation/index.ts';
import type { Services } from '../../services.ts';

/** How this host reads the keys of issuers. */
export const keyReading = ({ database, clock, issuerNetworks, log }: Services): KeyReading => ({
  database,
  networks: issuerNetworks,
  clock,
  failed: (issuer, error) =>
    log.warn(
      { issuer, error },
      'The keys of an issuer could not be read; those that are kept stay in force for a week.',
    ),
});
