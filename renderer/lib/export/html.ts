/** Conversations as a web page: to be kept, sent, and printed. The same Markdown as in the chat, made harmless in the same way. */
import type { ExportedConversation, ExportedMessage } from '../contract.ts';
import { escapeHtml } from '../markdown/escape.ts';
import { renderMarkdown } from '../markdown/incremental.ts';
import { outcomeLine } from '../components/chat/outcome-text.ts';

const when = (at: number) => new Date(at).toLocaleString();
const ENDED = { streaming: ' · not finished', stopped: ' · stopped', failed: ' · failed', done: '' } as const;

/** What a page and a printer need; colours that print. */
const EXPORT_STYLE = `
:root { color-scheme: light; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.6 system-ui, sans-serif; color: #1c1f1d; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.3; }
article { margin: 1.5rem 0; overflow-wrap: anywhere; }
article > header { color: #535a56; font-size: 0.8rem; }
.user > .text { white-space: pre-wrap; padding: 0.6rem 1rem; border-radius: 0.8rem; background: #eef1ed; }
.note { color: #535a56; font-size: 0.85rem; }
pre { overflow-x: auto; padding: 0.8rem; border: 1px solid #e4e5e1; border-radius: 0.5rem; background: #f5f6f3; white-space: pre-wrap; direction: ltr; }
code { font: 0.875em ui-monospace, monospace; }
table { border-collapse: collapse; }
th, td { padding: 0.4rem 0.8rem; border: 1px solid #cdd0cb; text-align: start; }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid #cdd0cb; color: #535a56; }
section + section { break-before: page; }
@media print { body { margin: 0; max-width: none; } pre, table, blockquote { break-inside: avoid; } h1, h2, h3 { break-after: avoid; } }
`;

/** The branch that is open, first message first. */
function activeBranch({ conversation, messages }: ExportedConversation): ExportedMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch = new Set<ExportedMessage>();
  for (let at = byId.get(conversation.activeLeafId ?? ''); at !== undefined && !branch.has(at); at = byId.get(at.parentId ?? ''))
    branch.add(at);
  return [...branch].reverse();
}

function markdownHtml(text: string): string {
  return renderMarkdown(text)
    .map((block) => (block.kind === 'html' ? block.html : `<pre dir="ltr"><code>${escapeHtml(block.code)}</code></pre>`))
    .join('\n');
}

function messageHtml(message: ExportedMessage): string {
  const { role, text, createdAt, state, modelName, outcome, documents } = message;
  const who = role === 'user' ? 'You' : (modelName ?? 'Reply');
  const note =
    role === 'user'
      ? null
      : [outcomeLine(outcome), outcome?.protected === false ? 'Written without protection' : null]
          .filter((line) => line !== null)
          .join(' · ');
  const files = (documents ?? []).map(({ name }) => escapeHtml(name)).join(', ');
  const attached = files === '' ? '' : `<p class="note" dir="auto">With ${files}</p>`;
  const body =
    role === 'user' ? `${attached}<div class="text" dir="auto">${escapeHtml(text)}</div>` : `<div class="text">${markdownHtml(text)}</div>`;
  const said = note === null || note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>`;
  return `<article class="${role}"><header>${escapeHtml(who)} · <time>${escapeHtml(when(createdAt))}</time>${ENDED[state]}</header>${body}${said}</article>`;
}

/** One conversation: the branch that is open. */
export function conversationHtml(exported: ExportedConversation): string {
  const { title, systemPrompt, createdAt } = exported.conversation;
  const system =
    systemPrompt === '' ? '' : `<blockquote dir="auto">System prompt: ${escapeHtml(systemPrompt).replaceAll('\n', '<br>')}</blockquote>`;
  const head = `<h1 dir="auto">${escapeHtml(title === '' ? 'Untitled' : title)}</h1><p class="note">Begun ${escapeHtml(when(createdAt))}</p>`;
  return `<section>${head}${system}${activeBranch(exported).map(messageHtml).join('\n')}</section>\n`;
}

/** A whole file. Nothing in it runs or is fetched. */
export function htmlDocument(title: string, sections: readonly string[]): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'`;
  return `<!doctype html>\n<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${EXPORT_STYLE}</style></head>\n<body>\n${sections.join('')}</body></html>\n`;
}
