import type { Command } from 'commander';
import { runVerbs } from './run.ts';
import { withSettings } from './settings.ts';

/** Every verb by its name. Each is loaded when it is asked for: what the others need would take most of the time of a start. */
const VERBS: Readonly<Record<string, () => Promise<() => Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  user: async () => (await import('./user.ts')).userCommand,
  workspace: async () => (await import('./workspace.ts')).workspaceCommand,
  group: async () => (await import('./group.ts')).groupCommand,
  project: async () => (await import('./project.ts')).projectCommand,
  repository: async () => (await import('./repository.ts')).repositoryCommand,
  role: async () => (await import('./role.ts')).roleCommand,
  'app-password': async () => (await import('./app-password.ts')).appPasswordCommand,
  'api-token': async () => (await import('./api-token.ts')).apiTokenCommand,
  'access-token': async () => (await import('./access-token.ts')).accessTokenCommand,
  'trust-policy': async () => (await import('./trust-policy.ts')).trustPolicyCommand,
  issuer: async () => (await import('./issuer.ts')).issuerCommand,
  'ssh-key': async () => (await import('./ssh-key.ts')).sshKeyCommand,
  'access-key': async () => (await import('./access-key.ts')).accessKeyCommand,
  'oauth-consumer': async () => (await import('./oauth-consumer.ts')).oauthConsumerCommand,
  credential: async () => (await import('./credential.ts')).credentialCommand,
  restriction: async () => (await import('./restriction.ts')).restrictionCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  'who-can': async () => (await import('./who-can.ts')).whoCanCommand,
  maintain: async () => (await import('./maintain.ts')).maintainCommand,
  openssh: async () => (await import('./openssh.ts')).opensshCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
};

/** Runs one verb of all there are; see `runVerbs`. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const asked = Object.hasOwn(VERBS, argv[2] ?? '') ? VERBS[argv[2] ?? ''] : undefined;
  if (asked !== undefined) return runVerbs(argv, [withSettings((await asked())())]);
  // For help, and for what is not there.
  const { clientVerbs } = await import('./client.ts');
  const verbs = await Promise.all(Object.values(VERBS).map((load) => load()));
  return runVerbs(argv, [...verbs.map((verb) => withSettings(verb())), ...clientVerbs()]);
}
