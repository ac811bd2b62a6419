import { fileURLToPath } from 'node:url';

/** The file that runs the command line: the source, or what scripts/build.ts makes of it, whichever runs now. */
export const mainPath = fileURLToPath(
  new URL(import.meta.filename.endsWith('.ts') ? 'main.ts' : 'main.js', import.meta.url),
);
