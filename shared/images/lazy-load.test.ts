import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { parseModelCard } from '../models/model-card.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Writes the address of every module that Node loads. */
const WITNESS =
  'data:text/javascript,import{registerHooks}from"node:module";registerHooks({load(u,c,n){console.error("LOADED "+u);return n(u,c)}})';
const HEAVY =
  /\/(sharp|onnxruntime-node|onnxruntime-common|@google-cloud)\/|\/shared\/images\/(?!image-routes\.ts)/;

test.each([
  ['diabetes', '/retina'],
  ['heart', '/ecg'],
] as const)('a tabular request to %s loads no image code; a request to %s does', async (name, path) => {
  const card = parseModelCard(
    JSON.parse(await readFile(join(ROOT, 'functions', name, 'models', `${name}.card.json`), 'utf8')),
  );
  const child = spawn(process.execPath, ['--import', WITNESS, join(ROOT, 'functions', name, 'node.ts')], {
    env: { PORT: '0', PILLBOX_LISTEN_HOST: '127.0.0.1', PATH: process.env['PATH'] },
  });
  try {
    const loaded: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      if (line.startsWith('LOADED ')) loaded.push(line.slice(7));
    });
    const port = await new Promise<number>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const found: unknown = JSON.parse(line);
        if (typeof found === 'object' && found !== null && 'port' in found) resolve(Number(found.port));
      });
      child.once('exit', () => reject(new Error(`${name} ended`)));
    });
    const post = (to: string, body: string, type: string) =>
      fetch(`http://127.0.0.1:${port}${to}`, { method: 'POST', body, headers: { 'content-type': type } });
    const answer = await post('/tabular', JSON.stringify(card.example), 'application/json');
    expect(answer.status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    expect(loaded.some((url) => url.endsWith(`/functions/${name}/app.ts`))).toBe(true);
    expect(loaded.filter((url) => HEAVY.test(url))).toEqual([]);
    expect((await post(path, 'hello', 'text/plain')).status).toBe(415);
    expect(loaded.some((url) => url.endsWith('/shared/images/image-handlers.ts'))).toBe(true);
  } finally {
    child.kill('SIGKILL');
  }
});
