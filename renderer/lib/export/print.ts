/** Prints conversations: they take the place of the page for as long as the printer looks. */
import '../../styles/print.css';

export function printSections(title: string, sections: readonly string[]): void {
  const sheet = document.createElement('div');
  sheet.className = 'print-sheet';
  sheet.innerHTML = sections.join('');
  const before = document.title;
  const restore = () => {
    sheet.remove();
    document.title = before;
    window.removeEventListener('afterprint', restore);
  };
  window.addEventListener('afterprint', restore);
  document.body.append(sheet);
  // The name that the system offers for the PDF.
  document.title = title;
  window.print();
}
