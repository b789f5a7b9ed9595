/** Hands a file to the browser to be saved. It is given in pieces, so that no string has to hold all of it. */
export function saveFile(fileName: string, pieces: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(pieces, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the address by then; it is not needed any longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
