import type { FieldProps } from '../pieces/index.ts';

/** For what takes its name in addresses from its name for people, unless that has no Latin letters or another is wanted. */
export const slugField = (value: string, error: string | undefined): FieldProps => ({
  kind: 'text',
  name: 'slug',
  label: 'Name in addresses',
  help: 'Lower-case letters from a to z, digits, “-”, “_” and “.”. Made of the name if you leave it empty.',
  value,
  maxlength: 62,
  code: true,
  error,
});
