import { Command } from 'commander';
import { formatAttributes, parseAttributes } from '../client/attributes.ts';
import { eraseCredential, getCredential, storeCredential } from '../client/helper.ts';
import { keeperPath } from '../client/keeper.ts';

export const credentialHelperCommand = (): Command =>
  new Command('credential-helper')
    .description(
      'For Git: keeps what latchkey login obtained, and renews it. Speaks the protocol of gitcredentials(7).',
    )
    .argument('<action>', 'get, store or erase')
    .addHelpText(
      'after',
      "\nlatchkey login sets it up. By hand:\n  git config --global credential.https://git.example.com.helper '!latchkey credential-helper'",
    )
    .action(async (action: string) => {
      // Git may learn other words; a helper that does not know one says nothing (gitcredentials(7)).
      if (!Object.hasOwn(ACTIONS, action)) return;
      await ACTIONS[action]?.(keeperPath(), parseAttributes(await standardInput()));
    });

const ACTIONS: Readonly<Record<string, (path: string, asked: ReadonlyMap<string, string>) => Promise<void>>> =
  {
    async get(path, asked) {
      const { attributes, says } = await getCredential(path, asked, Date.now());
      process.stdout.write(formatAttributes(attributes));
      if (says !== undefined) process.stderr.write(`latchkey: ${says}\n`);
    },
    store: storeCredential,
    erase: eraseCredential,
  };

async function standardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
