import createClient, { type Client } from 'openapi-fetch';
import { apiBase, cookies } from '../theme/place';
import { credentials } from './credentials';
import { fromProduct, nameToProduct, operatorNaming, toProduct, type Naming } from './naming';
import { ApiProblem } from './problem';
import { reach } from './reach';
import { rawMember } from './rawMember';
import type { paths } from './schema';

export type Environment = 'production' | 'sandbox';

/** The account and the environment that a customer's call is about. Without one a call is the operator's, or about the session. */
export interface Scope {
  account: string;
  environment: Environment;
}

export type Api = Client<paths>;

/** What is told of answers, whoever asked: a query, a change, or a poll. */
export const answers = {
  /** Nobody is signed in, as the server sees it. */
  onUnauthenticated: () => {},
};

/** Reads the answers of calls by their names in docs/openapi.json, whatever the product calls them. */
export function createApi(scope?: Scope, naming: Naming = operatorNaming): Api {
  const api = createClient<paths>({
    baseUrl: apiBase,
    credentials: cookies,
    bodySerializer: body => JSON.stringify(toProduct(body, naming)),
    // A filter with several values is the same parameter several times.
    querySerializer: query => {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
        for (const one of Array.isArray(value) ? value : [value]) {
          if (one !== undefined && one !== null && one !== '') search.append(nameToProduct(name, naming), String(one));
        }
      }
      return search.toString();
    },
    fetch: request => fetch(request).then(response => { reach.answered(response.status); return response; }, (fault: unknown) => {
      if (fault instanceof DOMException && fault.name === 'AbortError') throw fault;
      reach.silent();
      throw ApiProblem.unreachable();
    }),
  });
  api.use({
    onRequest({ request }) {
      for (const [name, value] of Object.entries(headersFor(scope, request.method !== 'GET'))) request.headers.set(name, value);
      return request;
    },
    async onResponse({ response }) {
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      if (!response.ok) {
        const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
        const problem = new ApiProblem(response.status, isJson ? parse(text) : {}, naming, Number.isFinite(retryAfter) ? retryAfter : undefined);
        if (problem.kind === 'unauthenticated') answers.onUnauthenticated();
        throw problem;
      }
      if (!isJson || text === '') return new Response(null, { status: 204 });
      const value = fromProduct(parse(text), naming) as Record<string, unknown>;
      // What was published or sent, to the byte.
      for (const member of ['payload', 'data']) {
        if (member in value && !Array.isArray(value[member])) value[`${member}_text`] = rawMember(text, member);
      }
      return new Response(JSON.stringify(value), { status: response.status, headers: { 'content-type': 'application/json' } });
    },
  });
  return api;
}

/** The headers of a call, for whoever calls without the client: the stream of live changes does. */
export function headersFor(scope?: Scope, changes = false): Record<string, string> {
  const headers: Record<string, string> = {};
  if (scope) {
    headers['Nova-Account'] = scope.account;
    headers['Nova-Environment'] = scope.environment;
  }
  if (credentials.bearer) headers.Authorization = `Bearer ${credentials.bearer}`;
  else if (changes && credentials.csrf) headers['Nova-Csrf'] = credentials.csrf;
  return headers;
}

function parse(text: string): Record<string, unknown> {
  try { return JSON.parse(text) as Record<string, unknown>; } catch { return {}; }
}

/** The answer of a call. Refusals are thrown as {@link ApiProblem} by the client itself. */
export async function take<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
