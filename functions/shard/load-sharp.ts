/** Opens sharp for the shard step: one thread, no cache, and no decoder beside those of JPEG and PNG. */

import type Sharp from 'sharp';

let loading: Promise<typeof Sharp> | undefined;

/** Loaded for the first image: tasks that find their work done need no native code. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1);
    sharp.cache(false);
    // libvips reads dozens of formats; what comes from outside gets no more than the two that are needed.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng'] });
    return sharp;
  });
  return loading;
}
