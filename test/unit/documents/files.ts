/** Small documents of each format, made by hand, and hostile ones. */
import { zipOf } from '../../fixtures/zip.ts';

/** A PDF with a line of text a page. */
export function pdfOf(lines: readonly string[], { pages = lines.length, kids }: { pages?: number; kids?: string } = {}): Uint8Array {
  const first = 4;
  const objects = [
    `1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n`,
    `2 0 obj\n<< /Type /Pages /Count ${pages} /Kids [${kids ?? lines.map((_, at) => `${first + at * 2} 0 R`).join(' ')}] >>\nendobj\n`,
    `3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n`,
    ...lines.flatMap((line, at) => {
      const content = `BT /F1 12 Tf 50 700 Td (${line}) Tj ET`;
      const id = first + at * 2;
      return [
        `${id} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >> /Contents ${id + 1} 0 R >>\nendobj\n`,
        `${id + 1} 0 obj\n<< /Length ${content.length} >>\nstream\n${content}\nendstream\nendobj\n`,
      ];
    }),
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object) => {
    const at = body.length;
    body += object;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const text = `${body}xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';

export const docxOf = (body: string, declaration = ''): Uint8Array =>
  zipOf([{ name: 'word/document.xml', content: `${XML}${declaration}<w:document xmlns:w="w"><w:body>${body}</w:body></w:document>` }]);

export const paragraph = (text: string, style = '') =>
  `<w:p>${style === '' ? '' : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}<w:r><w:t>${text}</w:t></w:r></w:p>`;

export const xlsxOf = (): Uint8Array =>
  zipOf([
    {
      name: 'xl/workbook.xml',
      content: `${XML}<workbook xmlns:r="r"><sheets><sheet name="Prices" r:id="a"/><sheet name="Secret" state="hidden" r:id="b"/></sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `${XML}<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/><Relationship Id="b" Target="worksheets/sheet2.xml"/></Relationships>`,
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      content: `${XML}<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>apple</t></is></c><c r="C1"><v>3</v></c></row></sheetData></worksheet>`,
    },
    { name: 'xl/worksheets/sheet2.xml', content: `${XML}<worksheet><sheetData/></worksheet>` },
  ]);

const slide = (text: string, show = '') =>
  `${XML}<p:sld xmlns:p="p" xmlns:a="a"${show}><p:cSld><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:cSld></p:sld>`;

/** Slides whose files are not in their order. */
export const pptxOf = (): Uint8Array =>
  zipOf([
    {
      name: 'ppt/presentation.xml',
      content: `${XML}<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="1" r:id="x"/><p:sldId id="2" r:id="y"/><p:sldId id="3" r:id="z"/></p:sldIdLst></p:presentation>`,
    },
    {
      name: 'ppt/_rels/presentation.xml.rels',
      content: `${XML}<Relationships><Relationship Id="x" Target="slides/slide2.xml"/><Relationship Id="y" Target="slides/slide1.xml"/><Relationship Id="z" Target="slides/slide3.xml"/></Relationships>`,
    },
    { name: 'ppt/slides/slide1.xml', content: slide('Second') },
    { name: 'ppt/slides/slide2.xml', content: slide('First') },
    { name: 'ppt/slides/slide3.xml', content: slide('Hidden', ' show="0"') },
  ]);

export const epubOf = (): Uint8Array =>
  zipOf([
    { name: 'mimetype', content: 'application/epub+zip' },
    {
      name: 'META-INF/container.xml',
      content: `${XML}<container><rootfiles><rootfile full-path="book/content.opf"/></rootfiles></container>`,
    },
    {
      name: 'book/content.opf',
      content: `${XML}<package><manifest><item id="two" href="b.xhtml"/><item id="one" href="a%20b.xhtml"/></manifest><spine><itemref idref="one"/><itemref idref="two"/></spine></package>`,
    },
    { name: 'book/a b.xhtml', content: '<!DOCTYPE html><html><body><h1>One</h1><p>Call me &amp; come.</p></body></html>' },
    { name: 'book/b.xhtml', content: '<html><body><p>The end.</p></body></html>' },
  ]);
