/** Reads a WebDataset tar with Python's standard library where there is one, an independent reader of what we write. */

import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

export const HAS_PYTHON = (() => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const READER = `
import hashlib, json, sys, tarfile
samples = {}
with tarfile.open(sys.argv[1], 'r:') as archive:
    for member in archive:
        key, extension = member.name.split('.', 1)
        data = archive.extractfile(member).read()
        assert len(data) == member.size
        sample = samples.setdefault(key, {})
        if extension == 'json':
            sample['subject'] = json.loads(data)['subject_id']
        if extension == 'png':
            assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
            sample['width'], sample['height'] = (int.from_bytes(data[i:i + 4], 'big') for i in (16, 20))
        sample.setdefault('extensions', []).append(extension)
print(json.dumps(samples))
`;

const samplesSchema = z.record(
  z.string(),
  z.object({
    subject: z.union([z.string(), z.number()]),
    width: z.number(),
    height: z.number(),
    extensions: z.array(z.string()),
  }),
);

export async function readSamples(path: string): Promise<z.infer<typeof samplesSchema>> {
  const { stdout } = await promisify(execFile)('python3', ['-c', READER, path], { maxBuffer: 64 * 2 ** 20 });
  return samplesSchema.parse(JSON.parse(stdout));
}

/** Member names as `tar -tf` lists them. Throws when tar complains, even with a warning. */
export async function listTar(path: string): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)('tar', ['-tf', path]);
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim().split('\n');
}
