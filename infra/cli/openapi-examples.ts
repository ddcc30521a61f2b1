/** The sample requests of a service: the examples of its own OpenAPI document. */

import * as z from 'zod';

const contentSchema = z.record(z.string(), z.looseObject({ example: z.unknown().optional() }));
const openApiSchema = z.object({
  paths: z.record(
    z.string(),
    z.looseObject({
      post: z.looseObject({ requestBody: z.looseObject({ content: contentSchema }).optional() }).optional(),
    }),
  ),
});

export interface SampleRequest {
  /** At the function itself, such as /tabular. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** Every POST that has a JSON example. @param origin of one process of the function. Throws when there is no document. */
export async function readSampleRequests(origin: string, name: string): Promise<SampleRequest[]> {
  const response = await fetch(`${origin}/openapi.json`);
  if (!response.ok) throw new Error(`${name} has no openapi.json (it answered ${response.status})`);
  const { paths } = openApiSchema.parse(await response.json());
  return Object.entries(paths).flatMap(([path, { post }]) => {
    const content = Object.entries(post?.requestBody?.content ?? {});
    const [contentType, media] =
      content.find(([type, { example }]) => isJson(type) && example !== undefined) ?? [];
    if (contentType === undefined || media === undefined) return [];
    return [{ path: pathAtFunction(path, name), contentType, body: JSON.stringify(media.example) }];
  });
}

/** At the edge and at the supervisor a function's paths begin with its name; itself it does not know that. */
export function pathAtFunction(path: string, name: string): string {
  return path.startsWith(`/${name}/`) ? path.slice(name.length + 1) : path;
}

function isJson(type: string): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(type);
}
