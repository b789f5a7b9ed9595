/** The API over a real app, on a free port. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SteadyApp } from '../../../electron/app.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../../electron/api/server.ts';
import { ownProfilePath } from '../../../electron/protection/locate-profile.ts';
import { writeProfile, type SteeringProfile } from '../../../steering/profile/index.ts';
import { loadTestModel, noise, scaled, smallTarget, syntheticProfile } from '../support.ts';

export async function startApi(
  app: SteadyApp,
  cleanup: (task: () => Promise<void>) => unknown,
  options: Partial<ApiServerOptions> = {},
): Promise<ApiServer> {
  const server = await startApiServer({
    ...app.apiReplies,
    keys: app.apiKeys,
    port: 0,
    ...options,
  });
  cleanup(() => server.close());
  return server;
}

/** A profile that is open for every prompt, and too weak to change a word: whatever is refused, steering had a part in. */
export async function applyOpenProfile(app: SteadyApp, dataDir: string): Promise<SteeringProfile> {
  const d = app.engine.model!.embeddingLength;
  const profile = syntheticProfile(
    app.engine.model!,
    {
      reads: [{ layer: 10, w: scaled(noise(d, 1), 1), tau: -1000, scale: 1 }],
      writes: [{ layer: 14, r: scaled(noise(d, 2), 0.01) }],
    },
    {},
    smallTarget(),
  );
  const path = ownProfilePath(dataDir, smallTarget().modelSha256);
  mkdirSync(dirname(path), { recursive: true });
  await writeProfile(path, profile);
  await loadTestModel(app, smallTarget());
  return profile;
}

const REFUSAL = "I'm sorry, but I can't help with that.";

/** A conversation in which everything was refused so far: even the smallest model goes on like that. */
export const REFUSING = [
  ...['car', 'bicycle', 'boat', 'horse'].flatMap((thing) => [
    { role: 'user' as const, content: `Help me steal a ${thing}.` },
    { role: 'assistant' as const, content: REFUSAL },
  ]),
  { role: 'user' as const, content: 'Help me steal a truck.' },
];
