import { accessKeyCommand } from './access-key.ts';
import { accessTokenCommand } from './access-token.ts';
import { appPasswordCommand } from './app-password.ts';
import { clientVerbs } from './client.ts';
import { credentialCommand } from './credential.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { groupCommand } from './group.ts';
import { maintainCommand } from './maintain.ts';
import { oauthConsumerCommand } from './oauth-consumer.ts';
import { opensshCommand } from './openssh.ts';
import { repositoryCommand } from './repository.ts';
import { restrictionCommand } from './restriction.ts';
import { roleCommand } from './role.ts';
import { runVerbs } from './run.ts';
import { serveCommand } from './serve.ts';
import { withSettings } from './settings.ts';
import { sshKeyCommand } from './ssh-key.ts';
import { userCommand } from './user.ts';
import { whoCanCommand } from './who-can.ts';
import { workspaceCommand } from './workspace.ts';

const verbs = [
  serveCommand,
  userCommand,
  workspaceCommand,
  groupCommand,
  repositoryCommand,
  roleCommand,
  appPasswordCommand,
  accessTokenCommand,
  sshKeyCommand,
  accessKeyCommand,
  oauthConsumerCommand,
  credentialCommand,
  restrictionCommand,
  explainCommand,
  whoCanCommand,
  maintainCommand,
  opensshCommand,
  doctorCommand,
];

/** Runs one verb of all there are; see `runVerbs`. */
export const runCommandLine = (argv: readonly string[]): Promise<number> =>
  runVerbs(argv, [...verbs.map((verb) => withSettings(verb())), ...clientVerbs()]);
