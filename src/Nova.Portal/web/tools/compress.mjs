// Compresses the built files as well as can be, once, and holds the first load to its budget. Text is left in its compressed forms only.
import { readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
// Of all the scripts that the first page loads, as a browser gets them over plain http. The figure.
const budget = 250_000;

const sizes = new Map();
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  sizes.set(entry.name, gzip.length);
  writeFileSync(path + '.gz', gzip);
  writeFileSync(path + '.br', brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  unlinkSync(path);
}

const html = readFileSync(join(dist, 'index.html'), 'utf8');
const first = [...html.matchAll(/(?:src|href)="\.\/(?:assets\/)?([^"]+\.js)"/g)].map(match => match[1]);
const total = first.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
console.log(`first load: ${(total / 1000).toFixed(1)} kB of ${budget / 1000} kB of JavaScript, gzip, in ${first.length} files`);
if (total > budget) {
  console.error('The first load is over its budget: split a screen off, or do without the newest import.');
  process.exit(1);
}
// For whoever builds by MSBuild afterwards: there is nothing to do.
writeFileSync(join(dist, '.built'), '');
