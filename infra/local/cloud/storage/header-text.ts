/** Unicode in header values: UTF-8 bytes, which Node shows and takes as one character a byte. */

export function toHeaderValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function fromHeaderValue(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
