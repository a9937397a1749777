import { fieldOf, operatorNaming, type Naming } from './naming';

interface Body {
  type?: string;
  title?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[] | null;
  traceId?: string;
}

/** Of a single fault without its pointer, by which the API names it: here it stands beside its field. */
function sentenceOf({ detail, errors }: Body): string | undefined {
  const only = errors?.length === 1 ? errors[0] : undefined;
  return only && detail === `${only.pointer}: ${only.detail}` ? only.detail : detail;
}

/** A refusal by the API, or its silence, as one kind of error. */
export class ApiProblem extends Error {
  /** The last part of the problem's type, such as `url-refused`; `unreachable` where nobody answered. */
  readonly kind: string;
  readonly title: string;
  readonly traceId?: string;
  /** What is wrong with each field, by the portal's name of it. */
  readonly fields: Record<string, string>;
  /** The same one by one, each with its place as a JSON pointer in the product's names. */
  readonly errors: { pointer: string; detail: string }[];

  constructor(readonly status: number, body: Body, naming: Naming = operatorNaming, readonly retryAfter?: number) {
    super(sentenceOf(body) ?? body.title ?? 'The server answered with an error that it did not explain.');
    this.kind = body.type?.split('/').pop() ?? (status === 0 ? 'unreachable' : `http-${status}`);
    this.title = body.title ?? (status === 0 ? 'The server does not answer' : 'Something went wrong');
    this.traceId = body.traceId;
    this.errors = body.errors ?? [];
    this.fields = {};
    for (const error of this.errors) {
      const field = fieldOf(error.pointer, naming);
      this.fields[field] = this.fields[field] ? `${this.fields[field]} ${error.detail}` : error.detail;
    }
  }

  static unreachable(): ApiProblem {
    return new ApiProblem(0, {
      title: 'The server does not answer',
      detail: 'The server could not be reached. It may be restarting, or the network is down.',
    });
  }

  static of(error: unknown): ApiProblem {
    if (error instanceof ApiProblem) return error;
    return new ApiProblem(-1, { title: 'Something went wrong', detail: error instanceof Error ? error.message : String(error) });
  }
}
