/** Hands a file to the browser to be saved. */
export function saveFile(fileName: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the address by then; it is not needed any longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
