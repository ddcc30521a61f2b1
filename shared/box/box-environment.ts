/** What a box is told by its environment; the supervisor and Cloud Run set the same variables. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';

const schema = z.object({
  /** Port to listen on; 0 = any. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Address to listen on; absent = all of them, as Cloud Run needs. */
  PILLBOX_LISTEN_HOST: z.string().min(1).optional(),
  /** The bucket that holds jobs and outputs. */
  PILLBOX_BUCKET: z.string().min(3).default('pillbox'),
  PILLBOX_PROJECT: z.string().min(1).default('pillbox-local'),
  PILLBOX_LOCATION: z.string().min(1).default('us-central1'),
  /** Where boxes are reached; `{box}` is replaced by the box's name. */
  PILLBOX_BOX_URL: z
    .url()
    .refine((url) => url.includes('{box}') || url.includes('%7Bbox%7D'), {
      message: 'must contain {box}',
    })
    .optional(),
  /** Origin of a local cloud, such as http://127.0.0.1:8788; absent = Google Cloud. */
  PILLBOX_CLOUD_ENDPOINT: z.url().optional(),
  /** Service account whose OIDC token Cloud Tasks sends; absent = no token. */
  PILLBOX_TASKS_SERVICE_ACCOUNT: z.email().optional(),
  /** Names the code that wrote an output. */
  PILLBOX_CODE_VERSION: z.string().min(1).default('dev'),
  /** 1 = a model whose weights are not trained is not served. */
  PILLBOX_REQUIRE_TRAINED: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1'),
  /** Folder for model files that are made or fetched at first use; absent = one for temporary files. */
  PILLBOX_MODEL_CACHE: z.string().min(1).optional(),
  /** Bucket and prefix of more versions of the models, as gs://bucket/prefix/; absent = those of the image alone. */
  PILLBOX_MODELS: z
    .string()
    .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]+\/(?:.*\/)?$/, 'must be gs://bucket/ or gs://bucket/prefix/')
    .optional(),
  /** Of model files fetched from there, in MiB; one ResNet-50 takes 90. On Cloud Run they lie in memory. */
  PILLBOX_MODEL_BUDGET_MIB: z.coerce.number().int().positive().default(100),
  /** off = requests are let in without a look at memory, to show what happens then. */
  PILLBOX_BUDGET: z.enum(['on', 'off']).default('on'),
  /** The box's memory limit where no cgroup states it, in MiB. */
  MEMORY_LIMIT_MIB: z.coerce.number().int().positive().optional(),
});

export type BoxEnvironment = z.infer<typeof schema>;

/** Throws a TerminalError ('not-configured') that names each variable at fault. */
export function readBoxEnvironment(env: Record<string, string | undefined>): BoxEnvironment {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new TerminalError(
    'not-configured',
    `environment: ${fields.map((f) => `${f.path} ${f.message}`).join('; ')}`,
    {
      fields,
    },
  );
}
