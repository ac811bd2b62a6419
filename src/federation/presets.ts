/** CI systems that sign tokens for their jobs, as their own documentation describes these. */
export interface IssuerPreset {
  readonly title: string;
  /** What `iss` is; null where each installation has one of its own. */
  readonly issuer: string | null;
  /** What it looks like, for those. */
  readonly example: string;
  /**
   * Claims whose values are never given to anybody else, by name or as a JSON Pointer (RFC 6901): of one project each. Those of its
   * owner are as lasting, and one of them alone would let in whatever that owner has, of whichever branch.
   */
  readonly immutableClaims: readonly string[];
  /** What a policy may ask of its tokens; the values are made up. */
  readonly conditions: readonly { readonly claim: string; readonly pattern: string }[];
}

export const ISSUER_PRESETS = {
  github: {
    title: 'GitHub Actions',
    issuer: 'https://token.actions.githubusercontent.com',
    example: 'https://token.actions.githubusercontent.com',
    immutableClaims: ['repository_id'],
    conditions: [
      { claim: 'repository_id', pattern: '123456789' },
      { claim: 'ref', pattern: 'refs/heads/main' },
    ],
  },
  gitlab: {
    title: 'GitLab CI',
    issuer: 'https://gitlab.com',
    example: 'https://gitlab.com',
    immutableClaims: ['project_id'],
    conditions: [
      { claim: 'project_id', pattern: '12345678' },
      { claim: 'ref_type', pattern: 'branch' },
      { claim: 'ref', pattern: 'main' },
      { claim: 'ref_protected', pattern: 'true' },
    ],
  },
  bitbucket: {
    title: 'Bitbucket Pipelines',
    issuer: null,
    example: 'https://api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc',
    immutableClaims: ['repositoryUuid'],
    conditions: [
      { claim: 'repositoryUuid', pattern: '{11111111-2222-3333-4444-555555555555}' },
      { claim: 'branchName', pattern: 'main' },
    ],
  },
  forgejo: {
    title: 'Forgejo Actions',
    issuer: null,
    example: 'https://FORGEJO/api/actions',
    immutableClaims: ['repository_id'],
    conditions: [
      { claim: 'repository_id', pattern: '42' },
      { claim: 'ref', pattern: 'refs/heads/main' },
    ],
  },
  buildkite: {
    title: 'Buildkite',
    issuer: 'https://agent.buildkite.com',
    example: 'https://agent.buildkite.com',
    immutableClaims: ['pipeline_id'],
    conditions: [
      { claim: 'pipeline_id', pattern: '11111111-2222-3333-4444-555555555555' },
      { claim: 'build_branch', pattern: 'main' },
    ],
  },
  kubernetes: {
    title: 'Kubernetes',
    issuer: null,
    example: 'https://kubernetes.default.svc.cluster.local',
    immutableClaims: ['/kubernetes.io/serviceaccount/uid'],
    conditions: [
      { claim: '/kubernetes.io/serviceaccount/uid', pattern: '11111111-2222-3333-4444-555555555555' },
      { claim: '/kubernetes.io/namespace', pattern: 'ci' },
    ],
  },
} as const satisfies Record<string, IssuerPreset>;

export type PresetName = keyof typeof ISSUER_PRESETS;
export const PRESET_NAMES = Object.keys(ISSUER_PRESETS) as readonly PresetName[];
export const isPreset = (name: string): name is PresetName => Object.hasOwn(ISSUER_PRESETS, name);
