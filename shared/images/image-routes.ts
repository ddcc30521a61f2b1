/** The routes of a service's image model; what answers them is loaded with the first request. */

import type { Context } from 'hono';
import type { BoxApp } from '../http/box-app.ts';
import { HttpProblem } from '../http/problem.ts';

export interface ImageHandlers {
  picture(c: Context): Promise<Response>;
  predict(c: Context): Promise<Response>;
  /** Unloads the model now if nobody uses it. */
  shed(): Promise<boolean>;
}

export interface ImageRoutesOptions {
  /** Of the picture's own route: /retina, /ecg. */
  readonly path: string;
  /** Imports the code that decodes and runs: a service that is asked for tabular predictions alone is spared it. */
  readonly load: () => Promise<ImageHandlers>;
}

export function addImageRoutes(app: BoxApp, { path, load }: ImageRoutesOptions): void {
  let loading: Promise<ImageHandlers> | undefined;
  const handlers = (): Promise<ImageHandlers> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  app.post(path, async (c) => (await handlers()).picture(c));
  app.post('/predict', async (c) => (await handlers()).predict(c));
  for (const route of [path, '/predict']) {
    app.all(route, () => {
      throw new HttpProblem(405, 'method-not-allowed', 'Method not allowed', {
        detail: 'send a POST',
        headers: { allow: 'POST' },
      });
    });
  }
}
