import { credentialHelperCommand } from './credential-helper.ts';
import { deriveCommand } from './derive.ts';
import { jobTokenCommand } from './job-token.ts';
import { loginCommand } from './login.ts';
import { runVerbs } from './run.ts';

/** The verbs for people whose host runs elsewhere: they open no data folder, and load nothing that does. */
export const clientVerbs = () =>
  [loginCommand(), deriveCommand(), jobTokenCommand(), credentialHelperCommand()].map((verb) =>
    verb.exitOverride(),
  );

/** `runCommandLine` for these verbs alone: Git waits for its helper. */
export const runClient = (argv: readonly string[]): Promise<number> => runVerbs(argv, clientVerbs());
