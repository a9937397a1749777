/**
 * Products name members in their own way: calls in snake_case with `is_active`, kit in camelCase. The portal knows one name for each, the
 * one of docs/openapi.json; here is the only place where names are changed.
 */
export interface Naming {
  camel: boolean;
  /** The product's word for `enabled`. */
  enabled: string;
  /** The product's word for `secret`. */
  secret: string;
}

export const operatorNaming: Naming = { camel: false, enabled: 'enabled', secret: 'secret' };

/** Members whose contents are somebody else's, and stay as they are. `data` is one where it is no list of a page. */
const opaque = new Set(['payload', 'schema', 'example', 'headers', 'result', 'before', 'after']);

export const toSnake = (name: string) => name.replace(/[A-Z]/g, letter => '_' + letter.toLowerCase());
export const toCamel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const isOpaque = (name: string, value: unknown) => opaque.has(name) || (name === 'data' && !Array.isArray(value));

/** An answer, in the portal's names. Names that are right already stay. */
export function fromProduct(value: unknown, naming: Naming): unknown {
  if (Array.isArray(value)) return value.map(item => fromProduct(item, naming));
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const known = name === naming.enabled ? 'enabled' : name === naming.secret ? 'secret' : name === 'traceId' ? name : toSnake(name);
    result[known] = isOpaque(known, member) ? member : fromProduct(member, naming);
  }
  return result;
}

/** A request, in the product's names. */
export function toProduct(value: unknown, naming: Naming): unknown {
  if (Array.isArray(value)) return value.map(item => toProduct(item, naming));
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    result[nameToProduct(name, naming)] = isOpaque(name, member) ? member : toProduct(member, naming);
  }
  return result;
}

export function nameToProduct(name: string, naming: Naming): string {
  if (name === 'enabled') return naming.enabled;
  if (name === 'secret') return naming.secret;
  return naming.camel ? toCamel(name) : name;
}

/** The first member of a JSON pointer such as `/events/0` or `?eventType`, in the portal's names: the field of a form that it is about. */
export function fieldOf(pointer: string, naming: Naming): string {
  const name = pointer.replace(/^[/?]/, '').split('/')[0] ?? '';
  return name === naming.enabled ? 'enabled' : name === naming.secret ? 'secret' : toSnake(name);
}
