import { z } from 'zod';

/** What is said about an answer that is no success. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  /** Text, except for missing scopes, where Bitbucket answers an object. */
  readonly detail?: string | { readonly required: readonly string[]; readonly granted: readonly string[] };
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** Whatever Bitbucket does not say; repeated at the root, as Bitbucket does with its own. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The error envelope of Bitbucket Cloud, as the description of the API shows it. */
export const ErrorEnvelope = z
  .object({
    type: z.literal('error'),
    error: z.object({
      fields: z.record(z.string(), z.array(z.string())).optional(),
      message: z.string(),
      detail: z
        .union([z.string(), z.object({ required: z.array(z.string()), granted: z.array(z.string()) })])
        .optional(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Error', description: 'Every answer that is no success.' });

export const envelope = ({ message, detail, fields, data }: Failure): z.input<typeof ErrorEnvelope> => ({
  type: 'error',
  error: {
    ...(fields !== undefined && {
      fields: Object.fromEntries(Object.entries(fields).map(([name, why]) => [name, [...why]])),
    }),
    message,
    ...(detail !== undefined && {
      detail:
        typeof detail === 'string'
          ? detail
          : { required: [...detail.required], granted: [...detail.granted] },
    }),
    ...(data !== undefined && { data: { ...data } }),
  },
  ...(data !== undefined && { data: { ...data } }),
});
