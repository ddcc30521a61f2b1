/** The fourteen labels of CheXpert, in the order of the published table. */

export const CHEXPERT_LABELS = [
  'Atelectasis',
  'Cardiomegaly',
  'Consolidation',
  'Edema',
  'Enlarged Cardiomediastinum',
  'Fracture',
  'Lung Lesion',
  'Lung Opacity',
  'No Finding',
  'Pleural Effusion',
  'Pleural Other',
  'Pneumonia',
  'Pneumothorax',
  'Support Devices',
] as const;

export type ChexpertLabel = (typeof CHEXPERT_LABELS)[number];
