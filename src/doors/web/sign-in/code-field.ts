import type { TextFieldProps } from '../pieces/index.ts';

/** Where the second step is typed. @param hasApp whether there is an app, or recovery codes alone */
export const codeField = (hasApp: boolean, error: string | undefined, autofocus = false): TextFieldProps => ({
  kind: 'text',
  name: 'code',
  label: hasApp ? 'Code of your authenticator app' : 'Recovery code',
  help: hasApp
    ? 'Six digits. Without the phone, type one of your recovery codes.'
    : 'One of those that you stored when you turned two-step verification on.',
  autocomplete: 'one-time-code',
  maxlength: 40,
  code: true,
  required: true,
  autofocus,
  error,
});
