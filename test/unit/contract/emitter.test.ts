import { expect, test, vi } from 'vitest';
import { Emitter } from '../../../electron/contract/index.ts';

type Events = { said: string; counted: number };

test('each event reaches the listeners of its name, and those of every event', () => {
  const events = new Emitter<Events>();
  const heard: unknown[] = [];
  events.on('said', (text) => heard.push(text));
  events.onAny((name, payload) => heard.push([name, payload]));
  events.emit('said', 'hello');
  events.emit('counted', 3);
  expect(heard).toEqual(['hello', ['said', 'hello'], ['counted', 3]]);
});

test('a listener that subscribed twice hears twice, until each subscription is ended', () => {
  const events = new Emitter<Events>();
  const listener = vi.fn();
  const [first, second] = [events.on('said', listener), events.on('said', listener)];
  events.emit('said', 'a');
  expect(listener).toHaveBeenCalledTimes(2);
  first();
  first();
  events.emit('said', 'b');
  expect(listener).toHaveBeenCalledTimes(3);
  second();
  events.emit('said', 'c');
  expect(listener).toHaveBeenCalledTimes(3);
});

test('who leaves while an event is told keeps nobody else from hearing it', () => {
  const events = new Emitter<Events>();
  const stop = events.onAny(() => stop());
  const listener = vi.fn();
  events.onAny(listener);
  events.emit('counted', 1);
  events.emit('counted', 2);
  expect(listener).toHaveBeenCalledTimes(2);
});
