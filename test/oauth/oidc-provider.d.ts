/** As much of oidc-provider, which comes without types, as the yardstick touches. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Interaction {
    readonly prompt: { readonly name: string };
    readonly params: Readonly<Record<string, unknown>>;
  }
  interface DeviceCode {
    readonly params?: Readonly<Record<string, unknown>>;
    save(seconds: number): Promise<string>;
  }
  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export interface Configuration {
    readonly clients: readonly Readonly<Record<string, unknown>>[];
    readonly scopes: readonly string[];
    readonly pkce: {
      required(context: unknown, client: { readonly tokenEndpointAuthMethod: string }): boolean;
    };
    readonly rotateRefreshToken: boolean;
    issueRefreshToken(): Promise<boolean>;
    readonly features: Readonly<Record<string, { readonly enabled: boolean }>>;
    findAccount(context: unknown, id: string): { accountId: string; claims(): Record<string, string> };
    readonly interactions: { url(context: unknown, interaction: { readonly uid: string }): string };
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    readonly Grant: new (of: {
      readonly accountId: string;
      readonly clientId: string;
    }) => Grant;
    readonly DeviceCode: {
      findByUserCode(code: string, options: object): Promise<DeviceCode | undefined>;
    };
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  }
}
