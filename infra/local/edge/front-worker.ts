/** The one door to all model services on a laptop: routes by the first part of the path. In production zones do this. */

import { HttpProblem } from '../../../shared/http/problem.ts';

interface Service {
  fetch(request: Request): Promise<Response>;
}

interface FrontEnvironment {
  /** Names of the services; each is also bound under its name. */
  readonly SERVICES: readonly string[];
  readonly [service: string]: Service | readonly string[];
}

export default {
  async fetch(request: Request, env: FrontEnvironment): Promise<Response> {
    const { pathname } = new URL(request.url);
    const name = pathname.split('/')[1] ?? '';
    const service = env.SERVICES.includes(name) ? env[name] : undefined;
    if (service !== undefined && 'fetch' in service) return service.fetch(request);
    return pathname === '/' ? Response.json(frontPage(env.SERVICES)) : notFound(env.SERVICES).toResponse();
  },
};

function frontPage(services: readonly string[]) {
  return {
    name: 'pillbox',
    services: services.map((service) => ({
      service,
      links: { about: `/${service}/`, predict: `/${service}/tabular`, openapi: `/${service}/openapi.json` },
    })),
  };
}

function notFound(services: readonly string[]): HttpProblem {
  const paths = services.map((service) => `/${service}/`).join(', ');
  return new HttpProblem(404, 'no-such-route', 'Not found', { detail: `the services are at ${paths}` });
}
