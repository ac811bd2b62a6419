import { Option, type Command } from 'commander';
import { readSettings, SETTING_MEANINGS, type Settings } from '../config.ts';
import { Problem } from '../problem.ts';

/** Every verb takes the settings that say where the data is; subcommands are the ones that run. */
export function withSettings(command: Command): Command {
  command.exitOverride();
  for (const sub of command.commands) withSettings(sub);
  if (command.commands.length > 0) return command;
  return command
    .addOption(new Option('--data <folder>', `${SETTING_MEANINGS['data']} (default: ./data)`))
    .addOption(new Option('--database <url>', SETTING_MEANINGS['database']));
}

/** The settings of a verb: its options over the environment over the settings file. */
export function settingsOf(options: Readonly<Record<string, unknown>>): Settings {
  const given = Object.fromEntries(
    Object.entries(options)
      .map(
        ([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value] as const,
      )
      .filter(([name]) => Object.hasOwn(SETTING_MEANINGS, name)),
  );
  if (typeof given['database'] === 'string' && URL.parse(given['database'])?.password) {
    throw new Problem(
      'invalid',
      'A password on a command line can be read by others on this machine: give the URL of the database in LATCHKEY_DATABASE or in latchkey.json.',
    );
  }
  if (typeof given['smtp_url'] === 'string' && URL.parse(given['smtp_url'])?.password) {
    throw new Problem(
      'invalid',
      'A password on a command line can be read by others on this machine: give the password of the mail server in LATCHKEY_SMTP_PASSWORD or in latchkey.json.',
    );
  }
  return readSettings(given, process.env);
}
