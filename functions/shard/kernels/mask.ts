/** The module that masks are made with. AssemblyScript: `npm run kernels` compiles it. */

export { sobel, thin } from './canny';
export { blend, count } from './clahe';
