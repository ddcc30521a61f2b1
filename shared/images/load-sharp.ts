/** sharp as the model services use it: on one thread, without a cache, and for documented formats alone. */

import type Sharp from 'sharp';

let loading: Promise<typeof Sharp> | undefined;

/** Loaded for the first image: a service that is asked for tabular predictions alone needs no native code. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1);
    sharp.cache(false);
    // libvips reads dozens of formats; what comes from outside gets no more than those that are documented.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['Jpeg', 'Png', 'Webp', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
    });
    return sharp;
  });
  return loading;
}
