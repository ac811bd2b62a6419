import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A measurement that is a script of its own and prints its result. Says so where it is not there. */
export const script = (name: 'bounds' | 'ssh') => async (): Promise<[]> => {
  const path = fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
  if (!existsSync(path)) {
    process.stderr.write(`There is no bench/${name}.ts.\n`);
    return [];
  }
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [path], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`bench/${name}.ts ended with code ${code}.`)),
    );
  });
  return [];
};
