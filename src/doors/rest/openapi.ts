import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import {
  SECRET_KIND_NAMES,
  CREDENTIAL_KINDS,
  declarationOf,
  scopesFor,
  type CredentialKind,
  type OperationName,
} from '../../gate/index.ts';

const toJsonSchema = createJsonSchemaTransform({});

interface JsonObject {
  [key: string]: unknown;
}

/** What is served, as OpenAPI 3.1. Collected from the routes themselves; wants to be added before they are. */
export async function addDescription(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey REST API',
        version: '2.0',
        description:
          'Compatible with the REST API 2.0 of Bitbucket Cloud. Sent with an app password as Basic (user name and secret), with an API token likewise (user name or e-mail address and secret), or with an access token as Bearer.',
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: securitySchemes() },
    },
    transform: (document) => {
      const { schema, url } = toJsonSchema(document);
      const { config } = document.route;
      const { policy, wildcard } = config ?? {};
      // HEAD and preflights go without saying.
      if (policy === undefined) return { schema: { hide: true }, url };
      const described = { ...schema, ...securityOf(policy.operation) };
      if (wildcard === undefined) return { schema: described, url };
      return { schema: nameWildcard(described, wildcard), url: url.replace('*', wildcard) };
    },
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

/** The description as it is sent. */
export const describedApi = (app: FastifyInstance): JsonObject => app.swagger() as unknown as JsonObject;

const securitySchemes = () =>
  Object.fromEntries(
    SECRET_KIND_NAMES.flatMap((kind) => {
      const { title, rest, prefix } = CREDENTIAL_KINDS[kind];
      const [scheme] = rest;
      if (scheme === undefined) return [];
      return [
        [
          kind,
          {
            type: 'http' as const,
            scheme,
            description: `${title}, a secret that begins with ${prefix}, or what was derived of one`,
          },
        ] as const,
      ];
    }),
  );

/** Every named schema is offered both as it is sent and as it is taken; what nothing refers to is left out. */
function withoutUnused<Document extends object>(document: Document): Document {
  const components = (document as { components?: { schemas?: JsonObject } }).components ?? {};
  let schemas: JsonObject = components.schemas ?? {};
  for (let before = -1; before !== Object.keys(schemas).length; ) {
    before = Object.keys(schemas).length;
    const text = JSON.stringify({ ...document, components: { ...components, schemas } });
    schemas = Object.fromEntries(
      Object.entries(schemas).filter(([name]) => text.includes(`"#/components/schemas/${name}"`)),
    );
  }
  return { ...document, components: { ...components, schemas } };
}

/** Who may ask, and with which scopes: read from the table of operations, where it is decided, too. */
function securityOf(operation: OperationName): JsonObject {
  const { kinds, askers, does } = declarationOf(operation);
  const wanted = (kind: CredentialKind) => {
    const scopes = scopesFor(operation, kind);
    return scopes === 'any' ? [] : [...scopes];
  };
  const taken = kinds.filter((kind) => CREDENTIAL_KINDS[kind].rest.length > 0);
  return {
    security: [
      ...taken.map((kind) => ({ [kind]: wanted(kind) })),
      ...(askers.includes('anonymous') ? [{}] : []),
    ],
    'x-operation': operation,
    'x-does': does,
  };
}

/** Gives the wildcard parameter the names that it has in the address. */
function nameWildcard(schema: JsonObject, wildcard: string): JsonObject {
  const params = schema['params'] as { properties?: JsonObject; required?: string[] } | undefined;
  const { '*': whole, ...properties } = params?.properties ?? {};
  const names = [...wildcard.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
  return {
    ...schema,
    params: {
      ...params,
      properties: { ...properties, ...Object.fromEntries(names.map((name) => [name, whole])) },
      required: [...(params?.required ?? []).filter((name) => name !== '*'), ...names],
    },
  };
}
