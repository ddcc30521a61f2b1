/** Why a tokenizer.json cannot be used. */

import { TerminalError } from '../../../shared/errors/terminal-error.ts';

/** Thrown while a tokenizer is put together; readTokenizer names the file. */
export class TokenizerRefusal extends Error {
  override readonly name = 'TokenizerRefusal';

  /** @param message names a type, field or limit of the tokenizer. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }

  about(source: string): TerminalError {
    return new TerminalError('tokenizer-invalid', `${source}: ${this.message}`, { cause: this });
  }
}
