import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A measurement that is a script of its own and prints its result. */
export const script = (name: 'bounds') => async (): Promise<[]> => {
  const path = fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [path], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`bench/${name}.ts ended with code ${code}.`)),
    );
  });
  return [];
};
