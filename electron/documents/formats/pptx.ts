/** PPTX: the text of its slides in their order; hidden slides are left out. */
import type { Archive } from '../../archives/archive.ts';
import { readXml } from '../../archives/xml.ts';
import type { TextSink } from '../text-sink.ts';
import { eachElement, relations } from './relations.ts';

const PRESENTATION = 'ppt/presentation.xml';
const RELATIONS = 'ppt/_rels/presentation.xml.rels';
const MAX_SLIDES = 2000;

export const isPptx = (archive: Archive): boolean => archive.has(PRESENTATION);

export async function readPptx(archive: Archive, sink: TextSink, notes: string[]): Promise<void> {
  const targets = await relations(archive, RELATIONS, 'ppt/');
  const slides: string[] = [];
  await eachElement(archive, PRESENTATION, (name, attributes) => {
    const path = name === 'sldId' ? (targets.get(attributes['r:id'] ?? '') ?? '') : '';
    if (archive.has(path)) slides.push(path);
  });
  let hiddenSlides = 0;
  for (const [index, path] of slides.slice(0, MAX_SLIDES).entries()) {
    if (sink.isFull) break;
    const text = await slideText(archive, path);
    if (text === null) hiddenSlides++;
    else sink.push(`# Slide ${index + 1}\n\n${text}\n\n`);
  }
  if (hiddenSlides > 0) notes.push(`${hiddenSlides} hidden ${hiddenSlides === 1 ? 'slide was' : 'slides were'} left out.`);
}

/** Null for a slide that is hidden. */
async function slideText(archive: Archive, path: string): Promise<string | null> {
  let [text, paragraph, inText, hidden] = ['', '', false, false];
  const handlers = {
    open: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === 'sld') hidden = attributes['show'] === '0';
      else if (name === 'p') paragraph = '';
      else if (name === 't') inText = true;
      else if (name === 'br') paragraph += '\n';
    },
    close: (name: string) => {
      if (name === 't') inText = false;
      else if (name === 'p' && paragraph.trim() !== '') text += `${paragraph}\n`;
      else if (name === 'tc') text += '\t';
    },
    text: (written: string) => {
      if (inText) paragraph += written;
    },
  };
  for await (const _ of readXml(archive.read(path), handlers, () => null));
  return hidden ? null : text;
}
