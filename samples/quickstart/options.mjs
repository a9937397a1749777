// The command line. ./run --help prints what each option means.

import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The checkout that this program is a part of. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const defaults = { port: 5080, data: 'data/quickstart', rate: 2 };

/**
 * A wrong command line ends the program with code 2.
 * @returns {{port: number, data: string, rate: number, seconds: number | null, reset: boolean}} seconds: null for ever
 */
export function readOptions(args) {
  try {
    const text = { type: 'string' };
    const { values } = parseArgs({ args, options: { port: text, data: text, rate: text, seconds: text, reset: { type: 'boolean' } } });
    const data = values.data ?? defaults.data;
    return {
      port: number('port', values.port ?? defaults.port, 1, 65_534, 'whole '),
      data: isAbsolute(data) ? data : join(root, data),
      rate: number('rate', values.rate ?? defaults.rate, 0.1, 200),
      seconds: values.seconds === undefined ? null : number('seconds', values.seconds, 1, 1_000_000),
      reset: values.reset ?? false,
    };
  } catch (error) {
    console.error(`${error.message}\n./run --help lists the options.`);
    process.exit(2);
  }
}

function number(name, text, least, most, whole = '') {
  const value = Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) throw new Error(`--${name} must be a ${whole}number from ${least} to ${most}; it is '${text}'.`);
  return value;
}
