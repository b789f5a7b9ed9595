/** What protection is, at each moment, and what that means for chatting. The engine's side is tested with a real one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { protectionState, SteadyError, type PolicyValues, type ProtectionState, type Settings } from '../../../electron/contract/index.ts';
import type { LoadedModel } from '../../../electron/engine/protocol.ts';
import type { EngineTarget } from '../../../electron/engine/supervisor.ts';
import { EngineLease } from '../../../electron/jobs/engine-lease.ts';
import { ownProfilePath } from '../../../electron/protection/locate-profile.ts';
import type { SelfTest } from '../../../electron/protection/self-test.ts';
import { ProtectionService } from '../../../electron/protection/protection-service.ts';
import { writeProfile } from '../../../steering/profile/index.ts';
import { DEFAULT_SETTINGS } from '../../../electron/store/index.ts';
import { HASHES, sampleProfile } from '../steering/sample-profile.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-protection-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function service(
  allowUnprotectedChat: boolean,
  policies: Partial<PolicyValues> = {},
  selfTest: SelfTest = () => Promise.resolve(null),
  { dataDir = folder(), system = false, appVersion = '0.1.0' } = {},
) {
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    allowUnprotectedChat,
  };
  const states: ProtectionState[] = [];
  const lease = new EngineLease();
  const protection = new ProtectionService({
    dataDir,
    appVersion,
    settings: () => settings,
    policies: { ...fixedPolicies(policies), system },
    lease,
    selfTest,
    onState: (state) => states.push(protectionState.parse(state)),
  });
  return { protection, settings, states, dataDir, lease };
}

/** A model whose layers have no names that the hook knows. */
const unnamed = {
  steerableLayers: [] as number[],
  steeringProblem: null as string | null,
  compute: { device: 'cpu', deviceName: null },
} as unknown as LoadedModel;
const target = { modelSha256: 'f'.repeat(64) } as EngineTarget;
const nobody = { call: () => expect.unreachable('The engine has nothing to apply.') } as never;
const refused = expect.objectContaining({ name: 'SteadyError', code: 'protection-off', hint: expect.stringMatching(/settings/) });

test('before any model it is off, and chat is as the policy says', () => {
  const closed = service(false);
  expect(closed.protection.state).toMatchObject({ status: 'off', reason: 'no-model', chatAllowed: false });
  expect(() => closed.protection.requireDecision()).toThrow(refused);
  const open = service(true);
  expect(open.protection.state).toMatchObject({ status: 'off', chatAllowed: true });
  expect(open.protection.requireDecision()).toEqual({ steer: false });
});

test('while a model loads nothing is decided: messages wait, none is answered unsteered', () => {
  const { protection, states, settings } = service(false);
  protection.pending();
  expect(states.at(-1)).toMatchObject({ status: 'pending', reason: null, chatAllowed: true, profile: null });
  expect(() => protection.requireDecision()).toThrow(expect.objectContaining({ code: 'busy' }));
  settings.allowUnprotectedChat = true;
  expect(() => protection.requireDecision()).toThrow(expect.objectContaining({ code: 'busy' }));
  settings.allowUnprotectedChat = false;
  protection.noModel();
  expect(states.at(-1)).toMatchObject({ status: 'off', reason: 'no-model', chatAllowed: false });
});

test('a model that cannot be steered is off, not without a profile: calibrating would not help', async () => {
  const { protection, states } = service(false);
  await protection.apply(unnamed, target, nobody);
  expect(states.map(({ status }) => status)).toEqual(['pending', 'off']);
  expect(protection.state).toMatchObject({ reason: 'not-steerable', message: expect.stringMatching(/cannot be steered/), profile: null });
  expect(() => protection.requireDecision()).toThrow(refused);
});

test('a model without a profile is off for that reason', async () => {
  const { protection } = service(false);
  await protection.apply({ ...unnamed, steerableLayers: [1, 2] }, target, nobody);
  expect(protection.state).toMatchObject({ status: 'off', reason: 'no-profile', chatAllowed: false });
});

test('while a user has switched steering off, a profile that is applied is known to be good', async () => {
  const { protection, dataDir } = service(false, { steering: 'switchable' });
  await writeProfile(ownProfilePath(dataDir, HASHES.model), sampleProfile());
  protection.switch(false);
  const takesIt = { call: () => Promise.resolve({ layers: [2, 9, 10] }) } as never;
  await protection.apply({ ...unnamed, steerableLayers: [2, 9, 10] }, { ...target, modelSha256: HASHES.model }, takesIt);
  expect(protection.applied).toMatchObject({ status: 'on' });
  expect(protection.state).toMatchObject({ status: 'off', reason: 'switched-off', chatAllowed: true });
  expect(protection.requireDecision()).toEqual({ steer: false });
});

test('a change of policy counts at once and is said', () => {
  const { protection, settings, states } = service(false);
  settings.allowUnprotectedChat = true;
  protection.refresh();
  expect(states.at(-1)).toMatchObject({ status: 'off', chatAllowed: true });
  expect(protection.requireDecision()).toEqual({ steer: false });
  settings.allowUnprotectedChat = false;
  expect(() => protection.requireDecision()).toThrow(refused);
});

test('while a job has the engine nothing is answered, whatever protection was, and all is as before once it gives it back', () => {
  const { protection, states, lease } = service(true);
  const before = protection.state;
  expect(before.chatAllowed).toBe(true);
  const chatMessage = 'A calibration is running; chatting is possible again when it is over or cancelled.';
  const held = lease.acquire({ what: 'A calibration is running', hint: 'Wait.', chatMessage });
  expect(states.at(-1)).toMatchObject({ status: 'pending', reason: null, message: chatMessage, chatAllowed: false });
  expect(() => protection.requireDecision()).toThrow(expect.objectContaining({ code: 'busy' }));
  held.release();
  expect(states.at(-1)).toEqual(before);
  expect(protection.requireDecision()).toEqual({ steer: false });
});

describe('the trial of a profile', () => {
  const FAULT = 'When the profile was tried, nobody was refused.';
  const model = { ...unnamed, steerableLayers: [2, 9, 10] };
  const at = { ...target, modelSha256: HASHES.model };

  async function tried(selfTest: SelfTest, allowUnprotectedChat = false) {
    const made = service(allowUnprotectedChat, {}, selfTest);
    await writeProfile(ownProfilePath(made.dataDir, HASHES.model), sampleProfile());
    const applied: (string | null)[] = [];
    const client = {
      call: (_: string, { profilePath }: { profilePath: string | null }) => {
        applied.push(profilePath);
        return Promise.resolve({ layers: [2, 9, 10] });
      },
    } as never;
    return { ...made, applied, done: made.protection.apply(model, at, client) };
  }

  test('one that fails is off for that reason, and the engine has no profile any more', async () => {
    const { protection, states, applied, done } = await tried(() => Promise.resolve(FAULT));
    await done;
    expect(states.map(({ status, message }) => [status, message])).toEqual([
      ['pending', 'The model is being loaded.'],
      ['pending', 'The protection profile is being checked on this model.'],
      ['off', `Protection is off: the protection profile does not work. ${FAULT}`],
    ]);
    expect(protection.state).toMatchObject({ reason: 'self-test-failed', chatAllowed: false, profile: null });
    expect(() => protection.requireDecision()).toThrow(refused);
    expect(applied).toEqual([expect.stringContaining(HASHES.model), null]);
  });

  test('whether chat goes on without it is for settings and policies to say', async () => {
    const { protection, done } = await tried(() => Promise.resolve(FAULT), true);
    await done;
    expect(protection.state).toMatchObject({ status: 'off', reason: 'self-test-failed', chatAllowed: true });
    expect(protection.requireDecision()).toEqual({ steer: false });
  });

  test('while it lasts nothing is answered', async () => {
    const verdict = Promise.withResolvers<null>();
    const { protection, states, done } = await tried(() => verdict.promise, true);
    await vi.waitFor(() => expect(states.at(-1)!.message).toMatch(/being checked/));
    expect(() => protection.requireDecision()).toThrow(expect.objectContaining({ code: 'busy' }));
    verdict.resolve(null);
    await done;
    expect(protection.state).toMatchObject({ status: 'on', reason: null });
  });

  test("one that cannot be held is off as well, and an engine that dies of it is the supervisor's", async () => {
    const failing = await tried(() => Promise.reject(new SteadyError('model-too-large', 'Too little memory.')));
    await failing.done;
    expect(failing.protection.state).toMatchObject({
      reason: 'self-test-failed',
      message: expect.stringMatching(/could not be tried: Too little memory\./),
    });
    const dying = await tried(() => Promise.reject(new SteadyError('engine-crashed', 'Gone.')));
    await expect(dying.done).rejects.toMatchObject({ code: 'engine-crashed' });
    expect(dying.protection.state.status).toBe('pending');
  });
});

describe('a trial that was passed', () => {
  const model = { ...unnamed, steerableLayers: [2, 9, 10] };
  const takesIt = { call: () => Promise.resolve({ layers: [2, 9, 10] }) } as never;

  /** How often a profile is tried when it is applied at each of these starts of the app, over one data folder. */
  async function trials(
    starts: {
      system?: boolean;
      appVersion?: string;
      model?: LoadedModel;
      wishes?: EngineTarget['wishes'];
      strength?: number;
      verdict?: string | null;
    }[],
  ) {
    const dataDir = folder();
    const counts: number[] = [];
    for (const { model: loaded = model, wishes, strength = 1, verdict = null, ...how } of starts) {
      let count = 0;
      const { protection } = service(false, {}, () => Promise.resolve((count++, verdict)), { dataDir, ...how });
      const sample = sampleProfile();
      await writeProfile(ownProfilePath(dataDir, HASHES.model), { ...sample, method: { ...sample.method, strength } });
      await protection.apply(loaded, { ...target, modelSha256: HASHES.model, wishes }, takesIt);
      expect(protection.state.status).toBe(verdict === null ? 'on' : 'off');
      counts.push(count);
    }
    return counts;
  }

  test('is not made again', async () => {
    expect(await trials([{}, {}, {}])).toEqual([1, 0, 0]);
  });

  test('is made again for another profile, version of the app or device, and each is remembered', async () => {
    const cuda = { ...model, compute: { ...model.compute, device: 'cuda', deviceName: 'A card' } } as LoadedModel;
    const changes = [{ strength: 0.5 }, { appVersion: '0.2.0' }, { model: cuda }];
    expect(await trials([{}, ...changes, {}, ...changes])).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });

  test('is made again where the model is computed otherwise, which more or fewer threads do not', async () => {
    const otherwise = [{ wishes: { cacheType: 'q8_0' } }, { wishes: { flashAttention: false } }, { wishes: { gpuLayers: 0 } }] as const;
    expect(await trials([{}, ...otherwise, ...otherwise, {}])).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    expect(await trials([{}, { wishes: { threads: 1, cacheType: null } }])).toEqual([1, 0]);
  });

  test('proves nothing where it failed', async () => {
    expect(await trials([{ verdict: 'It does nothing.' }, { verdict: 'It does nothing.' }, {}])).toEqual([1, 1, 1]);
  });

  test("under the machine's policy file counts for nothing, whoever noted it, and is not noted", async () => {
    expect(await trials([{}, { system: true }, { system: true }, {}])).toEqual([1, 1, 1, 0]);
    expect(await trials([{ system: true }, {}])).toEqual([1, 1]);
  });

  test.each(['{', '[]', '[{"modelSha256":1}]', '[[[['])('is made again where the note says %s', async (note) => {
    const dataDir = folder();
    await writeProfile(ownProfilePath(dataDir, HASHES.model), sampleProfile());
    writeFileSync(join(dataDir, 'profile-trials.json'), note);
    let count = 0;
    const { protection } = service(false, {}, () => Promise.resolve((count++, null)), { dataDir });
    await protection.apply(model, { ...target, modelSha256: HASHES.model }, takesIt);
    expect([count, protection.state.status]).toEqual([1, 'on']);
  });
});
