#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Before anything else is loaded: hundreds of files stripped of their types make a cold start four times as long.
enableCompileCache(join(process.env['LATCHKEY_DATA'] ?? tmpdir(), 'latchkey-compile-cache'));
// Packs pass through as short-lived buffers outside of the heap, which are given back only when its young part is full:
// left to grow, that part lets a large push or clone hold 70 MB more.
setFlagsFromString('--semi-space-growth-factor=1');
const { runCommandLine } = await import('./cli/index.ts');
process.exitCode = await runCommandLine(process.argv);
