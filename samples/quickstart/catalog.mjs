// The five products as their definitions say: event types with examples, and how many attempts a delivery has.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './options.mjs';

export const products = ['embed', 'partner', 'calls', 'kit', 'standard'];

const read = (...path) => JSON.parse(readFileSync(join(root, 'products', ...path), 'utf8'));

/** Product → { attempts, examples: event type → example of its data }. */
export const catalog = Object.fromEntries(products.map(product => [product, {
  attempts: read(product, 'product.json').retry.delays.length,
  examples: Object.fromEntries(readdirSync(join(root, 'products', product, 'events'))
    .map(file => read(product, 'events', file))
    .map(type => [type.name, type.example])),
}]));
