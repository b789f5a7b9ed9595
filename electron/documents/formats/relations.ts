/** What an office file's parts call each other. */
import type { Archive } from '../../archives/archive.ts';
import { attribute, readXml } from '../../archives/xml.ts';

type Attributes = Readonly<Record<string, string>>;

/** Hands every element of a member to `open`. @throws BadArchive */
export async function eachElement(archive: Archive, member: string, open: (name: string, attributes: Attributes) => void): Promise<void> {
  for await (const _ of readXml(archive.read(member), { open, close: () => undefined, text: () => undefined }, () => null));
}

/** Targets by id, of a `.rels` member. A target that leads out of the archive names no member of it. */
export async function relations(archive: Archive, member: string, base: string): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  await eachElement(archive, member, (name, attributes) => {
    if (name !== 'Relationship') return;
    const target = attribute(attributes, 'Target') ?? '';
    targets.set(attribute(attributes, 'Id') ?? '', target.startsWith('/') ? target.slice(1) : `${base}${target}`);
  });
  return targets;
}
