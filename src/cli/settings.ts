import { Option, type Command } from 'commander';
import { readSettings, SETTING_MEANINGS, type Settings } from '../config.ts';

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
  return readSettings(given, process.env);
}
