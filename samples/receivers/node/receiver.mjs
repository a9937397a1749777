// node receiver.mjs --product kit --secret whsec_… --port 9001        (--help lists the options)
// Receives webhooks, verifies them as the product's document says (verify.mjs) and answers (server.mjs).

import { serve } from './server.mjs';
import { recipes } from './verify.mjs';

serve(recipes, process.argv.slice(2));
