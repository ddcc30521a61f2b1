/** Draws lines over the ones drawn before, in place, without flicker. */

/** What of a terminal is used. */
export interface Terminal {
  write(text: string): unknown;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface LiveScreen {
  /** Lines must not be wider than the terminal. Those beyond its height are left out. */
  show(lines: readonly string[]): void;
  /** Leaves the last lines as they are, and the cursor below them, visible. May be called twice. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[2J\u001b[H';
const USUAL_ROWS = 24;

export function createLiveScreen(terminal: Terminal): LiveScreen {
  let drawn = 0;
  let ended = false;
  let resized = false;
  // The terminal has wrapped the old lines anew, so that how far up they begin is not known.
  const onResize = () => {
    resized = true;
  };
  const end = () => {
    if (ended) return;
    ended = true;
    terminal.off('resize', onResize);
    process.off('exit', end);
    terminal.write(SHOW_CURSOR);
  };
  terminal.on('resize', onResize);
  // Ctrl-C ends the process from elsewhere.
  process.on('exit', end);
  terminal.write(HIDE_CURSOR);
  return {
    show(lines) {
      const fitting = lines.slice(0, (terminal.rows ?? USUAL_ROWS) - 1);
      const up = resized ? CLEAR_ALL : drawn > 0 ? `\u001b[${drawn}A` : '';
      resized = false;
      drawn = fitting.length;
      const text = fitting.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
      // One write: the terminal never shows half of it.
      terminal.write(`${up === '' ? '' : `\r${up}`}${text}${CLEAR_BELOW}`);
    },
    end,
  };
}
