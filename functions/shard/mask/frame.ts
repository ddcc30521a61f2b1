/**
 * The edges of a square picture inside a frame of one pixel, so that who looks at neighbours needs no special case at the
 * border. Rows begin at multiples of four bytes, so that four pixels can be looked at as one number.
 */

/** Bytes from one row to the next: one pixel of frame, `size` pixels, one of frame, up to three unused. */
export const frameStride = (size: number): number => (size + 2 + 3) & ~3;

/** Of all rows and the frame above and below. */
export const framedBytes = (size: number): number => (size + 2) * frameStride(size);
