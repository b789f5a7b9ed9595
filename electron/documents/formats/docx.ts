/** DOCX: paragraphs, headings, lists and tables in their order. What was deleted or is hidden is left out. */
import type { Archive } from '../../archives/archive.ts';
import { attribute, readXml } from '../../archives/xml.ts';
import type { TextSink } from '../text-sink.ts';

const DOCUMENT = 'word/document.xml';

export const isDocx = (archive: Archive): boolean => archive.has(DOCUMENT);

export async function readDocx(archive: Archive, sink: TextSink): Promise<void> {
  let [text, prefix, inText, hidden, cells] = ['', '', false, false, 0];
  const handlers = {
    open: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === 'p') [text, prefix] = ['', ''];
      else if (name === 'pStyle') {
        const level = /^heading\s*(\d)/i.exec(attribute(attributes, 'val') ?? '')?.[1];
        if (level !== undefined) prefix = `${'#'.repeat(Math.min(6, Math.max(1, Number(level))))} `;
      } else if (name === 'numPr') prefix ||= '- ';
      else if (name === 'r') hidden = false;
      else if (name === 'vanish' || name === 'webHidden') hidden = attribute(attributes, 'val') !== '0';
      else if (name === 'tc') cells++;
      else if (name === 't') inText = true;
      else if (name === 'tab') text += '\t';
      else if (name === 'br' || name === 'cr') text += '\n';
    },
    close: (name: string) => {
      if (name === 't') inText = false;
      else if (name === 'p') {
        if (text.trim() !== '') sink.push(cells > 0 ? `${text} ` : `${prefix}${text}\n${prefix === '- ' ? '' : '\n'}`);
        text = '';
      } else if (name === 'tc') {
        cells--;
        sink.push('\t');
      } else if (name === 'tr') sink.push('\n');
      else if (name === 'tbl') sink.push('\n\n');
    },
    text: (written: string) => {
      if (inText && !hidden) text += written;
    },
  };
  for await (const _ of readXml(archive.read(DOCUMENT), handlers, () => null)) if (sink.isFull) return;
}
