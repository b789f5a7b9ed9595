/**
 * A conversation as a tree. Siblings share a parent: other replies to the same message, or other wordings of it. The
 * branch that is shown is the path from the root to the active leaf.
 */
import type { Message } from '../contract.ts';

export interface MessageTree {
  readonly byId: ReadonlyMap<string, Message>;
  /** Children of each message, oldest first; the key null holds the conversation's first messages. */
  readonly children: ReadonlyMap<string | null, readonly Message[]>;
}

/** Indexes messages given oldest first, as the app gives them. A message whose parent is unknown counts as a root. */
export function buildTree(messages: readonly Message[]): MessageTree {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const children = new Map<string | null, Message[]>();
  for (const message of messages) {
    const parent = message.parentId !== null && byId.has(message.parentId) ? message.parentId : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [message]);
    else siblings.push(message);
  }
  return { byId, children };
}

/** The leaf below `id` that is reached by always taking the newest child; null starts from the newest root. */
export function newestLeaf(tree: MessageTree, id: string | null): string | null {
  let current = id;
  for (let steps = 0; steps <= tree.byId.size; steps++) {
    const next = tree.children.get(current)?.at(-1);
    if (next === undefined) return current;
    current = next.id;
  }
  return current;
}

/**
 * The messages shown for an active leaf, root first. A leaf that is null or unknown shows the newest branch; one that
 * has children (written by another window, say) is followed down to its newest leaf.
 */
export function activePath(tree: MessageTree, leafId: string | null): Message[] {
  const known = leafId !== null && tree.byId.has(leafId);
  const leaf = newestLeaf(tree, known ? leafId : null);
  const path: Message[] = [];
  const seen = new Set<string>();
  let current = leaf === null ? undefined : tree.byId.get(leaf);
  while (current !== undefined && !seen.has(current.id)) {
    seen.add(current.id);
    path.push(current);
    current = current.parentId === null ? undefined : tree.byId.get(current.parentId);
  }
  return path.reverse();
}

export interface Versions {
  /** 0-based place of the message among its versions. */
  readonly index: number;
  readonly all: readonly Message[];
}

/** The versions of a message: its siblings of the same role, oldest first. */
export function versionsOf(tree: MessageTree, message: Message): Versions {
  const parent = message.parentId !== null && tree.byId.has(message.parentId) ? message.parentId : null;
  const all = (tree.children.get(parent) ?? [message]).filter((sibling) => sibling.role === message.role);
  return {
    index: Math.max(
      0,
      all.findIndex((sibling) => sibling.id === message.id),
    ),
    all,
  };
}

/** The messages with `message` added or, by id, replaced. A finished message is never replaced by a streaming one. */
export function withMessage(messages: readonly Message[], message: Message): readonly Message[] {
  const index = messages.findIndex((known) => known.id === message.id);
  const known = messages[index];
  if (known === undefined) return [...messages, message];
  if (known.state !== 'streaming' && message.state === 'streaming') return messages;
  return messages.with(index, message);
}
