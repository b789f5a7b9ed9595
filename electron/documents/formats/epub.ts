/** EPUB: its chapters in reading order. */
import { posix } from 'node:path';
import { BadArchive, type Archive } from '../../archives/archive.ts';
import { attribute } from '../../archives/xml.ts';
import type { TextSink } from '../text-sink.ts';
import { htmlToText } from './html.ts';
import { eachElement } from './relations.ts';

const CONTAINER = 'META-INF/container.xml';
const MAX_CHAPTERS = 5000;

export const isEpub = (archive: Archive): boolean => archive.has(CONTAINER);

export async function readEpub(archive: Archive, sink: TextSink): Promise<void> {
  if (archive.has('META-INF/rights.xml')) throw new BadArchive('It is protected against copying.');
  let root = '';
  await eachElement(archive, CONTAINER, (name, attributes) => {
    if (name === 'rootfile') root ||= attribute(attributes, 'full-path') ?? '';
  });
  const hrefs = new Map<string, string>();
  const order: string[] = [];
  await eachElement(archive, root, (name, attributes) => {
    if (name === 'item') hrefs.set(attributes['id'] ?? '', attributes['href'] ?? '');
    else if (name === 'itemref' && order.length < MAX_CHAPTERS) order.push(attributes['idref'] ?? '');
  });
  for (const id of order) {
    if (sink.isFull) break;
    const path = posix.join(posix.dirname(root), decoded(hrefs.get(id) ?? ''));
    if (archive.has(path)) htmlToText(new TextDecoder().decode(await archive.readAll(path)), sink);
  }
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href.split('#')[0]!);
  } catch {
    return href;
  }
}
