/**
 * Faults that history has for ever once it has them: lines of people and times as old tools wrote them, modes with a zero
 * too many. No client trips over them, and what reads commits here takes a broken line for nobody, at no time. All
 * else that `git fsck` calls an error is refused: it hides something, or is read differently by different programs. The
 * names are those of git-fsck(1), "FSCK MESSAGES".
 */
export const toleratedFaults = [
  'badTimezone',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
] as const;
