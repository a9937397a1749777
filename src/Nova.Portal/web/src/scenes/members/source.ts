import { take } from '../../api/client';
import type { Here } from '../../api/scope';
import type { components } from '../../api/schema';
import { plainApi } from '../../api/session';
import type { Role } from '../../api/types';

export type Member = components['schemas']['Member'];

/** The members of an account, as its own admins reach them, or as operators do. */
export interface MemberSource {
  key: readonly unknown[];
  list: (signal: AbortSignal) => Promise<Member[]>;
  invite: (email: string, role: Role) => Promise<Member>;
  change: (id: string, role: Role) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
  renew: (id: string) => Promise<Member>;
}

export const ownMembers = ({ api, key }: Here): MemberSource => ({
  key: [...key, 'members'],
  list: async signal => (await take(api.GET('/v1/members', { signal }))).data,
  invite: (email, role) => take(api.POST('/v1/members', { body: { email, role } })),
  change: (id, role) => take(api.PATCH('/v1/members/{id}', { params: { path: { id } }, body: { role } })),
  remove: id => take(api.DELETE('/v1/members/{id}', { params: { path: { id } } })),
  renew: id => take(api.POST('/v1/members/{id}/invitation', { params: { path: { id } } })),
});

export const membersOf = (account: string): MemberSource => ({
  key: ['operator', 'account', account, 'members'],
  list: async signal => (await take(plainApi.GET('/v1/accounts/{account}/members', { params: { path: { account } }, signal }))).data,
  invite: (email, role) => take(plainApi.POST('/v1/accounts/{account}/members', { params: { path: { account } }, body: { email, role } })),
  change: (id, role) => take(plainApi.PATCH('/v1/accounts/{account}/members/{id}', { params: { path: { account, id } }, body: { role } })),
  remove: id => take(plainApi.DELETE('/v1/accounts/{account}/members/{id}', { params: { path: { account, id } } })),
  renew: id => take(plainApi.POST('/v1/accounts/{account}/members/{id}/invitation', { params: { path: { account, id } } })),
});
