/** As `engines` in package.json has it. */
const OLDEST = [24, 15] as const;

/**
 * What to say where this Node.js is too old to run anything else; undefined where it is not. Stands before all that an
 * older one cannot load.
 *
 * @param version as `process.versions.node` is
 */
export function tooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldest, oldestMinor] = OLDEST;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return undefined;
  return `Latchkey needs Node.js ${OLDEST.join('.')} or newer, and this is ${version}. Its own lies in node_modules/.bin once "npm install" has run; "npm run latchkey -- …" takes that.`;
}
