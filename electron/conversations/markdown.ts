/** A conversation as Markdown, to be read by people. */
import type { ExportedConversation, ExportedMessage } from '../contract/index.ts';

const when = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, 16);
const WHO = { user: 'You', assistant: 'Reply' } as const;
const ENDED = { streaming: ' (not finished)', stopped: ' (stopped)', failed: ' (failed)', done: '' } as const;

/** The branch that is open, first message first. */
function activeBranch({ conversation, messages }: ExportedConversation): ExportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch = new Set<ExportedMessage>();
  // A circle, which only a database that was tampered with can hold, ends where it closes.
  for (let at = byId.get(conversation.activeLeafId ?? ''); at !== undefined && !branch.has(at); at = byId.get(at.parentId ?? '')) {
    branch.add(at);
  }
  return [...branch].reverse();
}

function notes({ role, outcome, modelName, state, error }: ExportedMessage): string {
  if (role === 'user') return '';
  const said: string[] = [];
  if (modelName !== null) said.push(modelName);
  if (outcome !== null) {
    if (!outcome.protected) said.push('not protected');
    if (outcome.cause === 'steered') said.push('refused by protection');
    if (outcome.cause === 'model') said.push('refused by the model itself');
    if (outcome.cause === 'both') said.push('refused by the model itself and by protection');
  }
  if (state === 'failed' && error !== null) said.push(error.message);
  return said.length === 0 ? '' : `*${said.join(' · ')}*\n\n`;
}

const attached = ({ documents = [] }: ExportedMessage): string =>
  documents.length === 0 ? '' : `*With ${documents.map(({ name }) => name.replace(/[*_`\s]+/g, ' ')).join(', ')}*\n\n`;

const section = (message: ExportedMessage, level: string) =>
  `${level} ${WHO[message.role]}, ${when(message.createdAt)}${ENDED[message.state]}\n\n${attached(message)}${notes(message)}${message.text.trimEnd()}\n\n`;

/** The first words of a message, on one line. */
function opening(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

/** Yields the text in pieces: the open branch, then every message of other versions, each with what it follows. Times are UTC. */
export function* toMarkdown(exported: ExportedConversation): Generator<string> {
  const { conversation, messages } = exported;
  yield `# ${conversation.title.replace(/\s+/g, ' ').trim() || 'Untitled'}\n\n*Begun ${when(conversation.createdAt)} UTC*\n\n`;
  if (conversation.systemPrompt !== '') yield `> System prompt: ${conversation.systemPrompt.split('\n').join('\n> ')}\n\n`;
  const branch = activeBranch(exported);
  for (const message of branch) yield section(message, '##');
  const shown = new Set(branch.map(({ id }) => id));
  const others = messages.filter(({ id }) => !shown.has(id));
  if (others.length === 0) return;
  const byId = new Map(messages.map((message) => [message.id, message]));
  yield '## Other versions\n\n';
  for (const message of others) {
    const parent = byId.get(message.parentId ?? '');
    yield parent === undefined ? '*At the beginning:*\n\n' : `*After “${opening(parent.text)}”:*\n\n`;
    yield section(message, '###');
  }
}
