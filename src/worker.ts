import { keepCompiled } from './compile-cache.ts';

// Begun by src/cluster/fork.ts, which gives the data folder.
keepCompiled(process.argv[2] ?? '');
const { runWorker } = await import('./cluster/worker.ts');
process.exitCode = await runWorker();
