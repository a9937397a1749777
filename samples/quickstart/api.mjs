// Nova's API over HTTP, as any publisher or customer would use it.

/** An answer that is not 2xx, in Nova's own words: the problem's detail, and where in the request it is. */
export class ApiProblem extends Error {
  constructor(method, path, status, problem) {
    const fields = (problem.errors ?? []).map(error => ` ${error.pointer}: ${error.message ?? error.detail}`).join('');
    super(`${method} ${path} was answered with ${status}: ${problem.detail ?? problem.title ?? 'no reason given'}${fields}`);
    this.status = status;
  }
}

export class Api {
  constructor(url) {
    this.url = url;
  }

  get = (path, credential) => this.#call('GET', path, credential);
  post = (path, credential, body) => this.#call('POST', path, credential, body);
  put = (path, credential, body) => this.#call('PUT', path, credential, body);
  patch = (path, credential, body) => this.#call('PATCH', path, credential, body);
  delete = (path, credential) => this.#call('DELETE', path, credential);

  async #call(method, path, credential, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...credential && { Authorization: `Bearer ${credential}` }, ...body !== undefined && { 'Content-Type': 'application/json' } },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiProblem(method, path, response.status, parse(text));
    return text ? JSON.parse(text) : null;
  }
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return { detail: text };
  }
}
