import { describe, expect, test } from 'vitest';
import type { Message } from '../../../electron/contract/index.ts';
import { activePath, buildTree, newestLeaf, versionsOf, withMessage } from '../../../renderer/lib/state/tree.ts';
import { makeMessage } from './support/messages.ts';

const message = (id: string, parentId: string | null, over: Partial<Message> = {}) =>
  makeMessage({ id, parentId, role: id.startsWith('u') ? 'user' : 'assistant', ...over });

/**
 * u1 ─ a1 ─ u2 ─ a3
 *    │    └ u3 ─ a4
 *    └ a2
 */
const MESSAGES = [
  message('u1', null),
  message('a1', 'u1'),
  message('a2', 'u1'),
  message('u2', 'a1'),
  message('a3', 'u2'),
  message('u3', 'a1'),
  message('a4', 'u3'),
];
const tree = buildTree(MESSAGES);
const ids = (path: readonly Message[]) => path.map(({ id }) => id).join(' ');

describe('the path that is shown', () => {
  test.each([
    ['a3', 'u1 a1 u2 a3'],
    ['a4', 'u1 a1 u3 a4'],
    ['a2', 'u1 a2'],
  ])('leaf %s', (leaf, path) => {
    expect(ids(activePath(tree, leaf))).toBe(path);
  });

  test('a leaf that has since got children is followed to its newest', () => {
    expect(ids(activePath(tree, 'a1'))).toBe('u1 a1 u3 a4');
    expect(ids(activePath(tree, 'u1'))).toBe('u1 a2');
  });

  test('no leaf, or an unknown one, shows the newest branch', () => {
    expect(ids(activePath(tree, null))).toBe('u1 a2');
    expect(ids(activePath(tree, 'gone'))).toBe('u1 a2');
  });

  test('nothing is shown of an empty conversation', () => {
    expect(activePath(buildTree([]), null)).toEqual([]);
  });

  test('a message whose parent is missing counts as a first message', () => {
    expect(ids(activePath(buildTree([message('a9', 'gone')]), 'a9'))).toBe('a9');
  });

  test('a damaged tree that runs in a circle still ends', () => {
    const circle = buildTree([message('u1', 'a1'), message('a1', 'u1')]);
    expect(activePath(circle, 'u1').length).toBeLessThanOrEqual(2);
    expect(() => newestLeaf(circle, 'u1')).not.toThrow();
  });
});

describe('versions', () => {
  test('other replies to the same message', () => {
    const { index, all } = versionsOf(tree, MESSAGES[2] as Message);
    expect([index, ids(all)]).toEqual([1, 'a1 a2']);
  });

  test('other wordings of a message', () => {
    const { index, all } = versionsOf(tree, MESSAGES[3] as Message);
    expect([index, ids(all)]).toEqual([0, 'u2 u3']);
  });

  test('first messages of a conversation are versions of each other', () => {
    const roots = buildTree([message('u1', null), message('u2', null)]);
    expect(ids(versionsOf(roots, message('u2', null)).all)).toBe('u1 u2');
  });

  test('a version leads to its newest leaf', () => {
    expect(newestLeaf(tree, 'u2')).toBe('a3');
    expect(newestLeaf(tree, 'a1')).toBe('a4');
  });
});

describe('messages that arrive', () => {
  test('are added once and replaced by id', () => {
    const done = message('a1', 'u1', { text: 'new' });
    expect(withMessage(MESSAGES, done).find(({ id }) => id === 'a1')?.text).toBe('new');
    expect(withMessage(MESSAGES, done)).toHaveLength(MESSAGES.length);
    expect(withMessage(MESSAGES, message('a9', 'u1'))).toHaveLength(MESSAGES.length + 1);
  });

  test('a late streaming state does not reopen a finished reply', () => {
    const late = message('a1', 'u1', { state: 'streaming', text: '' });
    expect(withMessage(MESSAGES, late)).toBe(MESSAGES);
  });
});
