/** The module that PNGs are written with. AssemblyScript: `npm run kernels` compiles it. */

export { emit, moveTo, put } from './bits';
export { adler, count } from './deflate';
export { paeth } from './paeth';
