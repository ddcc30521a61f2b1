import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createLiveScreen } from './live-screen.ts';

class FakeTerminal extends EventEmitter {
  rows = 4;
  text = '';
  write(text: string): void {
    this.text += text;
  }
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

test('each table is drawn over the one before in one write, and the cursor comes back', () => {
  const terminal = new FakeTerminal();
  const screen = createLiveScreen(terminal);
  expect(terminal.take()).toBe('\u001b[?25l');
  screen.show(['a', 'b']);
  expect(terminal.take()).toBe('a\u001b[K\nb\u001b[K\n\u001b[J');
  screen.show(['c']);
  expect(terminal.take()).toBe('\r\u001b[2Ac\u001b[K\n\u001b[J');
  screen.end();
  screen.end();
  expect(terminal.take()).toBe('\u001b[?25h');
  expect(terminal.listenerCount('resize')).toBe(0);
});

test('lines beyond the height are left out: the terminal would scroll', () => {
  const terminal = new FakeTerminal();
  const screen = createLiveScreen(terminal);
  screen.show(['1', '2', '3', '4', '5']);
  expect(terminal.take().split('\n')).toHaveLength(4);
  screen.end();
});

test('a terminal of another size is cleared: where the old lines begin is not known', () => {
  const terminal = new FakeTerminal();
  const screen = createLiveScreen(terminal);
  screen.show(['a', 'b']);
  terminal.take();
  terminal.emit('resize');
  screen.show(['a']);
  expect(terminal.take()).toBe('\r\u001b[2J\u001b[Ha\u001b[K\n\u001b[J');
  screen.end();
});

test('the cursor comes back when the process ends elsewhere', () => {
  const before = process.listenerCount('exit');
  const screen = createLiveScreen(new FakeTerminal());
  expect(process.listenerCount('exit')).toBe(before + 1);
  screen.end();
  expect(process.listenerCount('exit')).toBe(before);
});
