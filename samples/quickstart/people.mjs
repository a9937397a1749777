// Somebody for each account, and an operator, so that the portal can be looked at as each of them sees it.

import { randomBytes } from 'node:crypto';

/** One password for all: they are samples, on this machine alone. */
const newPassword = () => `quickstart-${randomBytes(6).toString('hex')}`;

/**
 * Makes who is not there yet.
 * @returns what to show of each: who, and as what
 */
export async function setUpPeople({ api, state, save }) {
  const people = state.people ??= { password: newPassword(), known: [] };
  save();
  const once = async (email, make) => {
    if (people.known.includes(email)) return;
    await make();
    people.known.push(email);
    save();
  };
  const { password } = people;
  const operator = 'operator@acme.example';
  await once(operator, async () => {
    const { password_url: url } = await api.post('/v1/users', state.operatorKey, { email: operator, name: 'Olive Operator' });
    await api.post('/v1/passwords', null, { token: tokenOf(url), password });
  });
  const shown = [['operator', operator]];
  for (const [product, { id }] of Object.entries(state.accounts)) {
    for (const [role, email] of [['admin', `${product}@acme.example`], ['member', `${product}-member@acme.example`]]) {
      // One member is enough to see what members see.
      if (role === 'member' && product !== 'embed') continue;
      await once(email, async () => {
        const { invitation_url: url } = await api.post(`/v1/accounts/${id}/members`, state.operatorKey, { email, role });
        await api.post('/v1/invitations/accept', null, { token: tokenOf(url), name: role === 'admin' ? `Alex of ${product}` : `Max of ${product}`, password });
      });
      shown.push([role === 'admin' ? product : `${product}, member`, email]);
    }
  }
  return { password, shown };
}

/** What stands behind the # of a link. */
const tokenOf = url => new URLSearchParams(new URL(url).hash.slice(1)).get('token');
