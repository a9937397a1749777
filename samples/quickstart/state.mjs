// What is kept from one start to the next: keys, accounts, endpoints and their secrets. Only its owner can read it.

import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Everything that a quickstart leaves in its folder. Nothing else is ever removed. */
const files = ['state.json', 'state.json.new', 'nova.db', 'nova.db-wal', 'nova.db-shm', 'nova.db.lock', 'master.key', 'server.log'];

/**
 * Opens the state of a folder, or begins one. `save` is called after each step of the set-up, because some secrets are shown once.
 * @param fail is told in words why the folder cannot be used, and does not return
 * @returns {{state: object, save: () => void, isNew: boolean}}
 */
export function openState({ data, reset }, fail) {
  const path = join(data, 'state.json');
  let isNew, state;
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (reset) for (const file of files) rmSync(join(data, file), { force: true });
    isNew = !existsSync(path);
    state = isNew ? begin() : JSON.parse(readFileSync(path, 'utf8'));
  } catch (fault) {
    return fail(fault instanceof SyntaxError ? `${path} cannot be read: ${fault.message}. --reset begins anew.` : `The folder ${data} cannot be used: ${fault.message}.`);
  }
  const save = () => {
    writeFileSync(`${path}.new`, JSON.stringify(state, null, 2) + '\n', { mode: 0o600 });
    chmodSync(`${path}.new`, 0o600);
    renameSync(`${path}.new`, path);
  };
  save();
  return { state, save, isNew };
}

function begin() {
  return {
    operatorKey: 'nk_' + randomBytes(24).toString('hex'),
    jwt: { issuer: 'nova-quickstart', audience: 'nova-calls', signingKey: randomBytes(32).toString('hex') },
    receiversPort: null,
    accounts: {},
  };
}
