// Reads {"schema": …, "data": ["<JSON text>", …]} from each line of standard input, and writes what ajv says of each text:
// a line [true, false, …], or {"refused": "<reason>"} where the schema itself is not one.

import { createInterface } from 'node:readline';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

for await (const line of createInterface({ input: process.stdin })) {
  const { schema, data } = JSON.parse(line);
  // Strict, so that a keyword or format that ajv does not know is refused and not passed over in silence. ownProperties, because
  // every JavaScript object has a constructor, and no JSON object has.
  const ajv = addFormats(new Ajv({ strict: true, strictTypes: false, strictTuples: false, strictRequired: false, ownProperties: true }));
  try {
    const validate = ajv.compile(schema);
    console.log(JSON.stringify(data.map(text => validate(JSON.parse(text)))));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.message }));
  }
}
