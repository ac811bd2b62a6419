import { repositoryConfig } from '../repository-config.ts';
import type { ObjectFormat } from '../object-id.ts';

/** Sections whose settings neither the list of refs nor what Git says of itself depends on. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'commitgraph',
  'fetch',
  'fsck',
  'gc',
  'index',
  'maintenance',
  'pack',
  'repack',
  'user',
]);

/**
 * The object format of a repository whose `config` says what we wrote there, as far as the refs and Git's words about
 * itself depend on it; undefined for every other one (hidden refs, another ref storage, files that are included…).
 */
export function plainFormat(config: string): ObjectFormat | undefined {
  const effective = effectiveSettings(config);
  return (['sha1', 'sha256'] as const).find((format) => EXPECTED[format] === effective);
}

const EXPECTED: Readonly<Record<ObjectFormat, string>> = {
  sha1: effectiveSettings(repositoryConfig('sha1')),
  sha256: effectiveSettings(repositoryConfig('sha256')),
};

/** Every line that may have an effect, with its section, in order: git-config(1), "Syntax". */
function effectiveSettings(config: string): string {
  let section = '';
  const lines: string[] = [];
  for (const raw of config.split('\n')) {
    const line = raw.trim();
    const opened = /^\[([A-Za-z0-9.-]+)(?:\s+"[^"\\]*")?\]$/.exec(line);
    if (opened !== null) section = opened[1]?.toLowerCase() ?? '';
    if (line === '' || opened !== null || /^[#;]/.test(line)) continue;
    // What is not one setting on one line of its own is unknown to us, whatever section it seems to be in.
    const isPlain = /^[A-Za-z][A-Za-z0-9-]*\s*=\s*[^"\\[\]#;]*$/.test(line);
    if (!isPlain || !WITHOUT_EFFECT.has(section)) lines.push(`${section} ${line.replace(/\s*=\s*/, '=')}`);
  }
  return lines.sort().join('\n');
}
