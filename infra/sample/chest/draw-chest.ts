/** Draws one study's chest-like picture: a cartoon of an X-ray, close enough in size and texture to exercise a pipeline. */

import type { Study } from '../study.ts';
import { shapeChest } from './anatomy.ts';
import { drawBones } from './bones.ts';
import { drawPacemaker, drawSideMarker } from './devices.ts';
import { createField } from './field.ts';
import { developFilm, ENLARGEMENT } from './film.ts';
import { drawLungDetail, drawTexture } from './lung-detail.ts';
import { drawSoftTissue, drawVariations } from './soft-tissue.ts';

/** Grey, one byte a pixel, `study.widthPx` × `study.heightPx`; takes some 16 MB while it draws. */
export function drawChest(study: Study): Uint8Array<ArrayBuffer> {
  const field = createField(enlargedFrom(study.widthPx), enlargedFrom(study.heightPx));
  const anatomy = shapeChest(study);
  const random = study.random('picture');
  const lung = drawSoftTissue(field, anatomy);
  drawVariations(field, anatomy, study.sex, random);
  drawLungDetail(field, lung, anatomy, study.findings.opacities, random);
  drawBones(field, anatomy, random);
  drawTexture(field, random);
  if (study.findings.pacemaker) drawPacemaker(field, anatomy);
  drawSideMarker(field);
  return developFilm(field, study.widthPx, study.heightPx, random);
}

/** One more than needed at the right and bottom edge, to interpolate towards. */
function enlargedFrom(pixels: number): number {
  return Math.ceil(pixels / ENLARGEMENT) + 1;
}
