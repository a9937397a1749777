// npm ci && node receiver.mjs --product standardwebhooks --secret whsec_… --port 9001        (--help lists the options)
// Receives webhooks of the standard product and verifies them by packages that others wrote: standardwebhooks and svix.
// A request is refused with the package's own words. The packages allow five minutes; --tolerance does not change that.

import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { serve } from '../node/server.mjs';

const by = Webhook => ({
  verify({ headers, body, secret }) {
    try {
      new Webhook(secret).verify(body.toString(), headers);
      return null;
    } catch (error) {
      return error.message;
    }
  },
  identify: headers => headers['webhook-id'],
});

serve({ standardwebhooks: by(StandardWebhook), svix: by(SvixWebhook) }, process.argv.slice(2));
