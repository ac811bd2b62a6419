import { toleratedFaults } from './tolerated-faults.ts';
import type { ObjectFormat } from './object-id.ts';

/** The `config` file of every repository we make. It is written whole: nothing of a template or an import stays in it. */

type Section = readonly [section: string, settings: Readonly<Record<string, string>>];

const tolerated = Object.fromEntries(toleratedFaults.map((fault) => [fault, 'ignore']));

/** What has stood here from the beginning: with other lines, those that exist would read as changed by somebody. */
const receiveTolerated = {
  badTimezone: 'ignore',
  missingSpaceBeforeDate: 'ignore',
  zeroPaddedFilemode: 'ignore',
};

const sections: readonly Section[] = [
  [
    'core',
    {
      bare: 'true',
      filemode: 'true',
      logAllRefUpdates: 'false',
      fsync: 'committed,reference',
      commitGraph: 'true',
    },
  ],
  ['transfer', { fsckObjects: 'true' }],
  ['receive "fsck"', receiveTolerated],
  ['fetch "fsck"', tolerated],
  ['fsck', tolerated],
  // Whether the default branch may be deleted is decided at the gate, with a sentence that helps; Git would refuse first.
  ['receive', { autogc: 'false', denyDeleteCurrent: 'ignore', advertiseAtomic: 'true' }],
  ['uploadpack', { allowFilter: 'true' }],
  // Housekeeping runs when we say so, never in the middle of somebody's push.
  ['gc', { auto: '0' }],
  ['maintenance', { auto: 'false' }],
  ['repack', { writeBitmaps: 'true' }],
  ['pack', { writeBitmapHashCache: 'true' }],
];

export function repositoryConfig(format: ObjectFormat): string {
  const head: Section[] =
    format === 'sha1'
      ? [['core', { repositoryFormatVersion: '0' }]]
      : [
          ['core', { repositoryFormatVersion: '1' }],
          ['extensions', { objectFormat: format }],
        ];
  return [...head, ...sections].map(sectionText).join('');
}

function sectionText([section, settings]: Section): string {
  const lines = Object.entries(settings).map(([key, value]) => `\t${key} = ${value}\n`);
  return `[${section}]\n${lines.join('')}`;
}
