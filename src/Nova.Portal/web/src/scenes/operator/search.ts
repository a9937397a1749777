/** The filters of the list of accounts. */
export interface AccountSearch {
  q?: string;
  product?: string;
  /** The dialog that makes one is open. */
  create?: true;
}

const text = (value: unknown) => typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

export const accountSearch = (search: Record<string, unknown>): AccountSearch => ({ q: text(search.q), product: text(search.product), create: search.create === true || search.create === 'true' ? true : undefined });
