import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { atEndOfFile } from '../support/cleanup.ts';
import { Template } from './world.ts';

/** Where the template of this test run lies, once `sharedTemplate` has resolved. */
export const sharedTemplateFolder = (): string => join(inject('runFolder'), 'matrix');

/** The template of this test run: built by the file that asks first, while the others wait. Throws after two minutes. */
export async function sharedTemplate(): Promise<Template> {
  const template = await builtOnce(sharedTemplateFolder());
  atEndOfFile(() => template.end());
  return template;
}

async function builtOnce(folder: string): Promise<Template> {
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) return Template.build(folder);
  for (let tries = 0; tries < 1200; tries++) {
    const isThere = await access(join(folder, 'made.json')).then(
      () => true,
      () => false,
    );
    if (isThere) return Template.at(folder);
    await pause(100);
  }
  throw new Error('The world of the matrix was not built within two minutes: see the file that asked first.');
}
