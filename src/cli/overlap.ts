import { Option, type Command } from 'commander';
import { overlapIn, USUAL_OVERLAP_DAYS } from '../acts/credentials/replace.ts';

/** For how long what is replaced goes on working. */
export const withOverlap = (command: Command): Command =>
  command.addOption(
    new Option('--overlap-days <days>', 'for how long the one before still works').default(
      String(USUAL_OVERLAP_DAYS),
    ),
  );

/** What was said, or what is no number where it was none. */
export const overlapOf = (options: Record<string, unknown>): number =>
  overlapIn(String(options['overlapDays']));
