/** Errors as problem+json (RFC 9457), with one entry for each field at fault. */

import type { FieldProblem } from '../errors/terminal-error.ts';

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  readonly requestId?: string;
  readonly errors?: readonly FieldProblem[];
}

export interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler; the box answers with it as problem+json. `detail` names keys and limits, never a value. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly options: ProblemOptions;

  constructor(status: number, code: string, title: string, options: ProblemOptions = {}) {
    super(options.detail ?? title);
    this.status = status;
    this.code = code;
    this.title = title;
    this.options = options;
  }

  toResponse(requestId?: string): Response {
    const { detail, errors, headers } = this.options;
    const body: ProblemBody = {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      code: this.code,
      ...(detail === undefined ? {} : { detail }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(errors === undefined ? {} : { errors }),
    };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
        ...headers,
      },
    });
  }
}
