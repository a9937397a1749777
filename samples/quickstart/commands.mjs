// Commands to paste into another terminal. Each is whole: it holds the credentials of this quickstart, which exist nowhere else.

import { accountOf } from './accounts.mjs';

/**
 * @param url of the API
 * @param inbox a receiver for endpoints that are made by hand
 * @param score the id of a scoring job
 * @param delivery the id of a delivery of kit that has arrived; null where there is none
 */
export function tryByHand({ url, inbox, state, score, delivery }) {
  const key = product => state.accounts[product].key;
  const endpoint = product => Object.values(state.accounts[product].endpoints)[0].id;
  const curl = (what, credential, path, body, method = body ? 'POST' : 'GET') => {
    const parts = ['curl -sS', method !== 'GET' && `-X ${method}`, `'${url}${path}'`, `-H 'Authorization: Bearer ${credential}'`];
    if (body) parts.push(`-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`);
    return { what, command: parts.filter(Boolean).join(' ') };
  };
  const event = {
    account: accountOf('kit'), environment: 'production', type: 'credits.low',
    data: { bucketType: 'chat_tokens', remaining: 8500, limit: 100_000, percentUsed: 91.5 },
  };
  const commands = [
    curl('publish an event', state.operatorKey, '/v1/events', event),
    curl('the webhooks of kit', key('kit'), '/api/v1/webhooks'),
    curl('a webhook of calls; its secret is shown this once', key('calls'), '/v1/webhooks',
      { url: inbox, events: ['call.started', 'call.ended'] }),
    curl('the latest deliveries of kit', key('kit'), '/v1/deliveries?limit=5'),
    curl('a test event to embed, with what was sent and what came back', key('embed'),
      `/v1/webhooks/${endpoint('embed')}/test`, null, 'POST'),
    curl('a scoring result, for those who missed the webhook', key('embed'), `/v1/score/${score}`),
    curl('how the server does', state.operatorKey, '/v1/operations/status'),
  ];
  if (delivery) {
    commands.push(
      curl('one delivery, with its attempts', key('kit'), `/v1/deliveries/${delivery}`),
      curl('the same event once more, as a new delivery', key('kit'), `/v1/deliveries/${delivery}/retry`, null, 'POST'));
  }
  return commands;
}
