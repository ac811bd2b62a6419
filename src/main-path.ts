import { fileURLToPath } from 'node:url';

/** One of the files that processes begin with: the source, or what scripts/build.ts makes of it, whichever runs now. */
const pathOf = (name: string): string =>
  fileURLToPath(new URL(`${name}${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** The file that runs the command line. */
export const mainPath = pathOf('main');
/** The file that runs a worker. */
export const workerPath = pathOf('worker');
