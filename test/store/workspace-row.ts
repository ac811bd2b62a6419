/** A row of `workspace` in which everything is called the same. */
export const workspaceRow = (slug: string) => ({
  id: slug,
  slug,
  slug_key: slug,
  name: slug,
  members_may_create_repositories: 1,
  tokens_may_live_forever: 1,
  created_at: 0,
  updated_at: 0,
});
