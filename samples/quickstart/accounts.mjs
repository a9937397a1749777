// An account of each product, with a key and endpoints: what an operator and his customers do once, by the API.

import { randomBytes } from 'node:crypto';
import { ApiProblem } from './api.mjs';
import { catalog } from './catalog.mjs';
import { makeToken } from './tokens.mjs';

/** What differs: the plan, and how the product's customers ask for an endpoint. */
const wanted = [
  {
    product: 'embed', name: 'Acme Recruiting', path: '/v1/webhooks',
    endpoints: [{ events: ['score.completed', 'score.failed', 'batch.completed'] }],
  },
  // One endpoint for each event type, each with a key that the partner chose.
  {
    product: 'partner', name: 'Acme Hosting', path: '/v1/webhooks',
    endpoints: Object.keys(catalog.partner.examples).map(type => ({ events: [type], suffix: `/${type}`, choosesSecret: true })),
  },
  { product: 'calls', name: 'Acme Telephony', path: '/v1/webhooks', endpoints: [{ events: ['*'] }] },
  // The free plan has neither endpoints nor custom headers.
  {
    product: 'kit', name: 'Acme Studio', plan: 'pro', path: '/api/v1/webhooks',
    endpoints: [{ events: ['*'], more: { name: 'Quickstart', headers: { 'X-Acme-Gateway': 'quickstart' } } }],
  },
  { product: 'standard', name: 'Acme Billing', path: '/v1/webhooks', endpoints: [{ events: ['*'], more: { name: 'Quickstart' } }] },
];

/** The external id of a product's account: the operator's own name for it. */
export const accountOf = product => `acme-${product}`;

/** Before Nova starts: what waited since the last time arrives at once. */
export function expectKnown(state, receivers) {
  for (const [product, { endpoints }] of Object.entries(state.accounts)) {
    for (const [inbox, { secret }] of Object.entries(endpoints)) receivers.expect(inbox, { product, secret });
  }
}

/**
 * Makes what is not there yet, and tells the receivers its secrets.
 * @returns what to show of each account
 */
export async function setUpAccounts({ api, state, save, receivers }) {
  const shown = [];
  for (const { product, name, plan, path, endpoints } of wanted) {
    const account = state.accounts[product] ??= { endpoints: {} };
    account.id ??= await makeAccount(api, state.operatorKey, { product, external_id: accountOf(product), name, plan: plan ?? null });
    save();
    if (product === 'calls') account.key = makeToken(state.jwt, accountOf(product));
    account.key ??= await makeKey(api, state.operatorKey, account.id);
    save();

    if (Object.keys(account.endpoints).length < endpoints.length) await removeStrangers(api, account, path);
    for (const { events, suffix = '', choosesSecret, more } of endpoints) {
      const inbox = `/${product}${suffix}`;
      const url = receivers.url + inbox;
      const known = account.endpoints[inbox];
      if (known && known.url !== url) await api.patch(`${path}/${known.id}`, account.key, { url });
      const endpoint = known ? { ...known, url } : await makeEndpoint(api, account.key, path, { url, events, ...more }, choosesSecret);
      account.endpoints[inbox] = endpoint;
      save();
      if (!known) receivers.expect(inbox, { product, secret: endpoint.secret });
    }
    shown.push({ product, name, id: account.id, credentialName: product === 'calls' ? 'token' : 'API key', credential: account.key });
  }
  return shown;
}

async function makeAccount(api, operatorKey, account) {
  try {
    return (await api.post('/v1/accounts', operatorKey, account)).id;
  } catch (fault) {
    // Made by an earlier start that was stopped before it could write the id down.
    if (!(fault instanceof ApiProblem && fault.status === 409)) throw fault;
    return (await api.get(`/v1/accounts/${account.external_id}?product=${account.product}`, operatorKey)).id;
  }
}

async function makeKey(api, operatorKey, account) {
  return (await api.post(`/v1/accounts/${account}/environments/production/keys`, operatorKey, { name: 'Quickstart' })).key;
}

async function makeEndpoint(api, key, path, body, choosesSecret) {
  const chosen = choosesSecret && { api_key: randomBytes(16).toString('hex') };
  const made = await api.post(path, key, { ...body, ...chosen });
  return { id: made.id, url: body.url, secret: chosen?.api_key ?? made.secret };
}

/** Endpoints of an earlier start that was stopped before it could write their secrets down. */
async function removeStrangers(api, account, path) {
  const known = new Set(Object.values(account.endpoints).map(endpoint => endpoint.id));
  const { data } = await api.get(`${path}?limit=100`, account.key);
  // A deleted webhook of calls stays in the list, as not active.
  const strangers = data.filter(endpoint => !known.has(endpoint.id) && endpoint.is_active !== false);
  for (const endpoint of strangers) await api.delete(`${path}/${endpoint.id}`, account.key);
}
