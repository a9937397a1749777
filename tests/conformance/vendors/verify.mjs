// Reads {"vendor", "secret", "headers", "body"} (the body as base64) from each line of standard input, and writes what the vendor's own
// package says of the request: a line "accepted", or the package's words in {"refused": "…"}.

import { createPublicKey, verify as verifyBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { verify as verifyGitHub } from '@octokit/webhooks-methods';
import bolt from '@slack/bolt';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';

const stripe = new Stripe('sk_test_no_request_is_made_with_it');

/** Each throws, or answers with what it takes for an event; anything else is a refusal. */
const vendors = {
  stripe: ({ headers, body, secret }) => stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret),

  github: async ({ headers, body, secret }) =>
    await verifyGitHub(secret, body.toString(), headers['x-hub-signature-256']) || refuse('verify() is false'),

  slack: ({ headers, body, secret }) => {
    bolt.verifySlackRequest({
      signingSecret: secret,
      body: body.toString(),
      headers: { 'x-slack-signature': headers['x-slack-signature'], 'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']) },
    });
    return true;
  },

  shopify: async ({ headers, body, secret }) => {
    const shopify = shopifyApi({
      apiKey: 'key', apiSecretKey: secret, hostName: 'app.example.com', apiVersion: Object.values(ApiVersion).at(-1), isEmbeddedApp: false,
      isTesting: true, logger: { log() {} },
    });
    const result = await shopify.webhooks.validate({ rawBody: body.toString(), rawRequest: { method: 'POST', url: '/hook', headers }, rawResponse: {} });
    return result.valid || refuse([result.reason, ...(result.missingHeaders ?? [])].join(' '));
  },

  // Of the open standard's asymmetric signatures there is no package; this is Node's own OpenSSL and the standard's words.
  v1a: ({ headers, body, secret }) => {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(secret.replace(/^whpk_/, ''), 'base64').toString('base64url') }, format: 'jwk' });
    const content = Buffer.concat([Buffer.from(`${headers['svix-id']}.${headers['svix-timestamp']}.`), body]);
    const signatures = headers['svix-signature'].split(' ').filter(one => one.startsWith('v1a,'));
    return signatures.some(one => verifyBytes(null, content, key, Buffer.from(one.slice(4), 'base64'))) || refuse('no v1a signature fits');
  },

  svix: ({ headers, body, secret }) => new SvixWebhook(secret).verify(body, headers),
};

function refuse(reason) {
  throw new Error(reason);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { vendor, secret, headers, body } = JSON.parse(line);
  try {
    const event = await vendors[vendor]({ headers, body: Buffer.from(body, 'base64'), secret });
    console.log(JSON.stringify(event ? 'accepted' : { refused: 'no event' }));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.message }));
  }
}
