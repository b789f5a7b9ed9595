/**
 * Messages of other programs as a tree of turns of ours. Theirs may hold system messages, tools and several replies in a row; ours
 * begins with the user and goes to and fro. Every branch is kept.
 */
import { uuidv7 } from 'uuidv7';
import { DEFAULT_SAMPLING, SteadyError, type ExportedConversation, type ExportedMessage } from '../../contract/index.ts';
import { parentsFirst } from '../../store/conversations/message-order.ts';

/** What was left out of a conversation, by kind: how many of each. */
export interface LeftOut {
  pictures: number;
  files: number;
  tools: number;
  thoughts: number;
}

export const nothingLeftOut = (): LeftOut => ({ pictures: 0, files: 0, tools: 0, thoughts: 0 });

/** A message as its program has it. */
export interface ForeignMessage {
  id: string;
  /** Null, or of a message that is not there: it begins the conversation. */
  parentId: string | null;
  /** `other`: passed over, and what follows it follows the one before. */
  role: 'user' | 'assistant' | 'other';
  text: string;
  /** Milliseconds since the epoch; null where nothing is said. */
  createdAt: number | null;
  modelName: string | null;
}

export interface ForeignConversation {
  /** The program and the id there. */
  origin: string;
  title: string;
  systemPrompt: string;
  createdAt: number | null;
  updatedAt: number | null;
  pinned?: boolean;
  archived?: boolean;
  messages: ForeignMessage[];
  /** The message that is shown last. */
  activeId: string | null;
  leftOut: LeftOut;
}

const MAX_TITLE = 200;
const MAX_SYSTEM_PROMPT = 100_000;
/** What stands in front of a conversation that a reply begins. */
const NO_MESSAGE = '(The conversation begins with a reply.)';

/** Characters that branches may repeat, of turns that are two messages in a row. */
const MAX_REPEATED = 32 * 1024 * 1024;

interface Turn {
  id: string;
  parent: Turn | null;
  role: 'user' | 'assistant';
  texts: string[];
  createdAt: number;
  modelName: string | null;
  /** False where longer turns, made of it and what follows, have taken its place. */
  kept: boolean;
}

/** What a message has become: its turn, or (passed over) the one before it; and whether only one message goes on from there. */
interface Place {
  turn: Turn | null;
  alone: boolean;
}

/** @throws SteadyError `bad-input` for messages that follow each other in a circle, or repeat each other without measure */
export function toConversation(foreign: ForeignConversation, now: number): ExportedConversation {
  const id = uuidv7();
  const createdAt = foreign.createdAt ?? now;
  const turns: Turn[] = [];
  const places = new Map<string, Place>();
  const known = new Set(foreign.messages.map((message) => message.id));
  const linked = foreign.messages.map((message) => ({
    ...message,
    parentId: message.parentId !== null && known.has(message.parentId) ? message.parentId : null,
  }));
  const followers = new Map<string | null, number>();
  for (const { parentId } of linked) followers.set(parentId, (followers.get(parentId) ?? 0) + 1);
  let repeated = 0;
  const add = (turn: Omit<Turn, 'id' | 'kept'>): Turn => {
    const made = { ...turn, id: uuidv7(), kept: true };
    turns.push(made);
    return made;
  };
  for (const message of parentsFirst(linked)) {
    const place = message.parentId === null ? undefined : places.get(message.parentId);
    const before = place?.turn ?? null;
    const one = followers.get(message.id) === 1;
    const text = message.text.toWellFormed().trim();
    if (message.role === 'other' || text === '') {
      places.set(message.id, { turn: before, alone: one && place?.alone !== false });
      continue;
    }
    const { role, modelName } = message;
    const rest = { role, modelName, createdAt: message.createdAt ?? before?.createdAt ?? createdAt };
    let turn: Turn;
    if (before?.role === role && place?.alone === true) {
      // Two in a row are one turn.
      before.texts.push(text);
      turn = before;
    } else if (before?.role === role) {
      // What else follows the first one still does.
      before.kept = false;
      repeated += before.texts.reduce((sum, part) => sum + part.length, 0);
      if (repeated > MAX_REPEATED) throw new SteadyError('bad-input', 'Its messages repeat each other without measure.');
      turn = add({ ...rest, parent: before.parent, texts: [...before.texts, text] });
    } else if (before === null && role === 'assistant') {
      const opening = add({ ...rest, role: 'user', modelName: null, parent: null, texts: [NO_MESSAGE] });
      turn = add({ ...rest, parent: opening, texts: [text] });
    } else {
      turn = add({ ...rest, parent: before, texts: [text] });
    }
    places.set(message.id, { turn, alone: one });
  }
  // A turn whose place was taken stays where another one follows it.
  for (const turn of turns) if (turn.parent !== null) turn.parent.kept = true;
  const kept = turns.filter((turn) => turn.kept);
  const active = foreign.activeId === null ? null : (places.get(foreign.activeId)?.turn ?? null);
  const updatedAt = foreign.updatedAt ?? kept.at(-1)?.createdAt ?? createdAt;
  return {
    conversation: {
      id,
      title: (foreign.title.trim() === '' ? 'Imported chat' : foreign.title.trim()).slice(0, MAX_TITLE).toWellFormed(),
      systemPrompt: foreign.systemPrompt.slice(0, MAX_SYSTEM_PROMPT).toWellFormed(),
      sampling: DEFAULT_SAMPLING,
      createdAt,
      updatedAt,
      activeLeafId: (active?.kept === true ? active : kept.at(-1))?.id ?? null,
      pinned: foreign.pinned ?? false,
      archived: foreign.archived ?? false,
      folderId: null,
      tags: [],
    },
    messages: kept.map((turn) => exported(turn, id)),
  };
}

function exported({ id, parent, role, texts, createdAt, modelName }: Turn, conversationId: string): ExportedMessage {
  return {
    ...{ id, conversationId, parentId: parent?.id ?? null, role, text: texts.join('\n\n'), createdAt },
    modelName: modelName?.slice(0, 200).toWellFormed() ?? null,
    ...{ state: 'done', outcome: null, stats: null, error: null, seed: null },
  };
}
