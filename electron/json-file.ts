/** The app's small JSON files are written as the steering library writes its own. */
export { readJson, writeJson } from '../steering/files/json-file.ts';
