import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ownProfilePath, profilePathFor } from '../../../electron/protection/locate-profile.ts';
import { CATALOGUE } from '../../../models/index.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-profiles-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
function write(path: string, text = ''): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
const [entry] = CATALOGUE;

test("an admin's own profile comes before the one that ships, even when it is damaged", () => {
  const dataDir = folder();
  const shipped = folder();
  vi.stubEnv('STEADY_PROFILES', shipped);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(profilePathFor(dataDir, entry!.sha256)).toBeNull();
  const ships = write(join(shipped, `${entry!.id}.safetensors`));
  expect(profilePathFor(dataDir, entry!.sha256)).toBe(ships);
  const own = write(ownProfilePath(dataDir, entry!.sha256), 'damaged');
  expect(profilePathFor(dataDir, entry!.sha256)).toBe(own);
});

test('a file that is not in the catalogue has its own profile or none', () => {
  const dataDir = folder();
  vi.stubEnv('STEADY_PROFILES', folder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const stranger = 'f'.repeat(64);
  expect(profilePathFor(dataDir, stranger)).toBeNull();
  const own = write(ownProfilePath(dataDir, stranger));
  expect(profilePathFor(dataDir, stranger)).toBe(own);
  expect(profilePathFor(dataDir, 'e'.repeat(64))).toBeNull();
});
