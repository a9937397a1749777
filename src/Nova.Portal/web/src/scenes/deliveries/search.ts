import type { DeliveryStatus } from '../../api/types';

export const statuses = ['pending', 'processing', 'delivered', 'failed'] as const satisfies readonly DeliveryStatus[];
export const periods = ['1h', '24h', '7d', '30d'] as const;
export type Period = (typeof periods)[number];

export const hoursIn: Record<Period, number> = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24 };

/** As they are said in a sentence. */
export const spans: Record<Period, string> = { '1h': 'the last hour', '24h': 'the last 24 hours', '7d': 'the last 7 days', '30d': 'the last 30 days' };

/** As they are chosen from. */
export const periodChoices = periods.map(value => ({ value, label: value.replace(/(\d+)/, '$1 ') }));

/** The filters of the delivery history. They live in the address, so that a view can be sent to a colleague. */
export interface DeliverySearch {
  status?: DeliveryStatus[];
  /** Types, and beginnings of types with a star: `score.*`. */
  event?: string[];
  endpoint?: string;
  tenant?: string;
  /** The beginning of an id, or text somewhere in the payload. */
  q?: string;
  /** JSON that the payload contains. */
  contains?: string;
  /** A cause of failure: `http_503`, `timeout`. */
  error?: string;
  /** Absent: the last 24 hours. */
  period?: Period;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '');
const text = (value: unknown) => typeof value === 'string' || typeof value === 'number' ? String(value) || undefined : undefined;

/** Reads an address that anybody may have written: what is no filter is left out. */
export function deliverySearch(search: Record<string, unknown>): DeliverySearch {
  const status = statuses.filter(one => list(search.status).includes(one));
  const event = list(search.event);
  const period = periods.find(one => one === search.period);
  return {
    status: status.length ? status : undefined,
    event: event.length ? event : undefined,
    endpoint: text(search.endpoint),
    tenant: text(search.tenant),
    q: text(search.q),
    contains: text(search.contains),
    error: text(search.error),
    period: period === '24h' ? undefined : period,
  };
}

export const noFilters: DeliverySearch = { status: undefined, event: undefined, endpoint: undefined, tenant: undefined, q: undefined, contains: undefined, error: undefined };

export const isFiltered = ({ period: _, ...filters }: DeliverySearch) => Object.values(filters).some(value => value !== undefined);

/** Looked for by the server alone: what comes in live cannot be judged here, and a replay cannot select by it. */
export const looksIntoPayloads = ({ q, contains }: DeliverySearch) => q !== undefined || contains !== undefined;
