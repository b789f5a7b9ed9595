/** What a built addon says of itself, read from the file: one for another system cannot be loaded here. */
import { readFile } from 'node:fs/promises';

export interface AddonIdentity {
  /** The version of node-llama-cpp that it was built against. */
  nodeLlamaCpp: string;
  /** `NATIVE_INTERFACE` of steering/native/binding.ts. */
  interfaceVersion: number;
}

const IDENTITY = /steady-addon node-llama-cpp=([\w.-]{1,40}) interface=(\d{1,6});/;

/** Null where the file is no addon of Steady's. */
export async function addonIdentity(path: string): Promise<AddonIdentity | null> {
  const found = IDENTITY.exec((await readFile(path)).toString('latin1'));
  return found === null ? null : { nodeLlamaCpp: found[1]!, interfaceVersion: Number(found[2]) };
}
