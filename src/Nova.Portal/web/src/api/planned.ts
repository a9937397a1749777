/**
 * Calls that the portal makes and that docs/openapi.json does not describe yet. An entry goes when the document has it.
 */
type Json<T> = { content: { 'application/json': T } };
interface Call<Answer, Body = never, Query = never, Path = never> {
  parameters: {
    query?: [Query] extends [never] ? never : Query;
    header?: never;
    path?: [Path] extends [never] ? never : Path;
    cookie?: never;
  };
  requestBody?: [Body] extends [never] ? never : Json<Body>;
  responses: { 200: { headers: Record<string, unknown> } & Json<Answer> };
}
interface None { parameters: { query?: never; header?: never; path?: never; cookie?: never } }
type Methods<M extends Partial<Record<'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace', unknown>>> = None & {
  [K in 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace']: K extends keyof M ? M[K] : undefined;
};

export type Role = 'admin' | 'member';
export type LinkScope = 'view' | 'manage' | 'secrets' | 'replay';

export interface Session {
  user: { id: string; email: string; name: string; operator: boolean } | null;
  accounts: { id: string; name: string; product: string; role: Role }[];
  csrf?: string;
  expires_at: string;
  kind: 'user' | 'link';
  /** Of a link. */
  account?: { id: string; name: string; product: string };
  environment?: 'sandbox' | 'production' | null;
  scopes?: LinkScope[];
  theme?: { primary?: string | null; logo?: string | null; scheme?: string | null } | null;
}

export interface Key {
  id: string;
  name?: string | null;
  key?: string | null;
  masked: string;
  created_at: string;
  last_used_at?: string | null;
  revoked_at?: string | null;
}

export interface PlannedPaths {
  '/v1/setup': Methods<{ get: Call<{ needed: boolean }>; post: Call<Session, { token: string; email: string; name: string; password: string }> }>;
  '/v1/session': Methods<{ get: Call<Session>; post: Call<Session, { email: string; password: string }>; delete: Call<undefined> }>;
  '/v1/sessions': Methods<{ delete: Call<undefined> }>;
  '/v1/session/user': Methods<{ patch: Call<Session, { name?: string; password?: string; current_password?: string }> }>;
  '/v1/invitations/view': Methods<{ post: Call<{ email: string; account: { name: string; product: string }; role: Role; has_password: boolean }, { token: string }> }>;
  '/v1/invitations/accept': Methods<{ post: Call<Session, { token: string; name?: string; password: string }> }>;
  '/v1/portal-sessions': Methods<{ post: Call<Session & { token: string }, { token: string }> }>;
  '/v1/keys': Methods<{
    get: Call<{ data: Key[]; next_cursor?: string | null }, never, { cursor?: string; limit?: number }>;
    post: Call<Key, { name?: string | null }>;
  }>;
  '/v1/keys/{id}': Methods<{ delete: Call<undefined, never, never, { id: string }> }>;
  '/v1/keys/{id}/restore': Methods<{ post: Call<Key, never, never, { id: string }> }>;
}
