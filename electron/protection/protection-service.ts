/**
 * Whether replies are steered, why not, and what that means for chatting. Fails closed: whatever goes wrong with a
 * profile, protection is off, the page says so, and the policy decides whether chat is allowed.
 */
import { forbidden, isModelAllowed, requireAllowedModel, type Policies } from '../admin/policies.ts';
import type { ContractClient, ErrorCode, ProtectionState, Settings } from '../contract/index.ts';
import { PROTECTION_OFF, PROTECTION_ON, PROTECTION_PENDING, SteadyError, toErrorShape, type ProtectionReason } from '../contract/index.ts';
import type { ComputeWishes, EngineContract, LoadedModel } from '../engine/protocol.ts';
import type { EngineTarget } from '../engine/supervisor.ts';
import type { EngineLease } from '../jobs/engine-lease.ts';
import { profileSha256, readProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { isSigned } from '../profiles/signatures.ts';
import { profilePathFor } from './locate-profile.ts';
import { PassedTrials } from './passed-trials.ts';
import { selfTest, type SelfTest } from './self-test.ts';

const REASON_BY_CODE: Partial<Record<ErrorCode, ProtectionReason>> = {
  'profile-missing': 'no-profile',
  'profile-mismatch': 'profile-mismatch',
  'model-not-steerable': 'not-steerable',
};

export interface ProtectionOptions {
  dataDir: string;
  appVersion: string;
  /** The settings as they are now. */
  settings(): Settings;
  policies: Policies;
  /** Who has the engine for itself tries other profiles in it: nothing is answered meanwhile. */
  lease: EngineLease;
  onState(state: ProtectionState): void;
  /** Another trial of a profile than the usual one: tests have profiles that mean nothing. */
  selfTest?: SelfTest | undefined;
}

export class ProtectionService {
  readonly #options: ProtectionOptions;
  readonly #passed: PassedTrials;
  #status: ProtectionState['status'] = 'off';
  #reason: ProtectionReason | null = 'no-model';
  #detail: string | null = null;
  #profile: ProtectionState['profile'] = null;
  /** The model file that is loaded; null while none is. */
  #modelSha256: string | null = null;
  /** The keys that the profile's signature was held against. */
  #heldAgainst: string | null = null;
  /** A user switched steering off; counts only while the policies allow that. */
  #switchedOff = false;

  constructor(options: ProtectionOptions) {
    this.#options = options;
    this.#passed = new PassedTrials(options.dataDir);
    options.lease.onChange(() => this.refresh());
  }

  /** What came of the model's own profile in the engine, whatever a user or the policies make of it. */
  get applied(): { status: ProtectionState['status']; reason: ProtectionReason | null; message: string } {
    return { status: this.#status, reason: this.#reason, message: this.#message() };
  }

  get state(): ProtectionState {
    const { lease, policies } = this.#options;
    if (lease.holder !== null) {
      const message = lease.holder.chatMessage ?? `${lease.holder.what}.`;
      return { status: 'pending', reason: null, message, chatAllowed: false, profile: this.#profile };
    }
    if (this.#isSignatureOutdated()) {
      const message = 'The signature of the protection profile is being checked.';
      return { status: 'pending', reason: null, message, chatAllowed: false, profile: this.#profile };
    }
    if (policies.problem !== null || (this.#modelSha256 !== null && !isModelAllowed(policies.current(), this.#modelSha256))) {
      const message = policies.problem?.message ?? PROTECTION_OFF.policy.message;
      return { status: 'off', reason: 'policy', message, chatAllowed: false, profile: null };
    }
    if (this.#isSwitchedOff() && this.#status === 'on') {
      return {
        status: 'off',
        reason: 'switched-off',
        message: PROTECTION_OFF['switched-off'].message,
        chatAllowed: true,
        profile: this.#profile,
      };
    }
    return {
      status: this.#status,
      reason: this.#reason,
      message: this.#message(),
      chatAllowed: this.#status !== 'off' || this.#mayGoWithout(),
      profile: this.#profile,
    };
  }

  /** The settings changed, and with them perhaps whether chat is allowed. */
  refresh(): void {
    this.#options.onState(this.state);
  }

  /** Switches steering off or on again, for all chats, until the app ends. @throws SteadyError `policy` where that is forbidden. */
  switch(on: boolean): void {
    if (!on && this.#options.policies.current().steering === 'mandatory') throw forbidden('Protection cannot be switched off here.');
    this.#switchedOff = !on;
    this.refresh();
  }

  /** A model is being loaded; what held for the last one holds no more. */
  pending(): void {
    this.#modelSha256 = null;
    this.#set('pending', null, null);
  }

  /** No model could be loaded. */
  noModel(): void {
    this.#modelSha256 = null;
    this.#set('off', 'no-model', null);
  }

  /** Applies the model's profile in the engine. Only a dead engine throws; everything else becomes a reason. */
  async apply(model: LoadedModel, target: EngineTarget, client: Pick<ContractClient<EngineContract>, 'call'>): Promise<void> {
    this.pending();
    this.#modelSha256 = target.modelSha256;
    const path = profilePathFor(this.#options.dataDir, target.modelSha256);
    if (model.steerableLayers.length === 0) {
      const { message } = PROTECTION_OFF['not-steerable'];
      return this.#set('off', 'not-steerable', null, model.steeringProblem === null ? message : `${message} ${model.steeringProblem}`);
    }
    if (path === null) return this.#set('off', 'no-profile', null);
    try {
      const { layers } = await client.call('steering.apply', { profilePath: path, modelSha256: target.modelSha256, strength: null });
      const profile = await readProfile(path);
      const { signingKeys } = this.#options.policies.current();
      this.#heldAgainst = keysOf(signingKeys);
      if (signingKeys !== null && !(await isSigned(this.#options.dataDir, profile, signingKeys))) {
        await client.call('steering.apply', { profilePath: null, modelSha256: target.modelSha256, strength: null });
        return this.#set('off', 'unsigned', null);
      }
      this.#set('pending', null, null, 'The protection profile is being checked on this model.');
      const failure = await this.#try(profile, model, target, client);
      if (failure !== null) {
        await client.call('steering.apply', { profilePath: null, modelSha256: target.modelSha256, strength: null });
        return this.#set('off', 'self-test-failed', null, `Protection is off: the protection profile does not work. ${failure}`);
      }
      this.#profile = {
        name: profile.name,
        sha256: profileSha256(profile),
        createdAt: Date.parse(profile.createdAt),
        layers,
        strength: profile.method.strength,
      };
      this.#set('on', null, this.#profile);
    } catch (error) {
      const shape = toErrorShape(error);
      if (shape.code === 'engine-crashed') throw error;
      this.#set('off', REASON_BY_CODE[shape.code] ?? 'profile-damaged', null, `Protection is off: ${shape.message}`);
    }
  }

  /**
   * Whether the next reply is to be steered. Ask when the model is ready.
   * @throws SteadyError `policy` or `policy-damaged` when the policies forbid this model or any; `protection-off` when it cannot be and chat is not allowed without; `busy` while that is not known.
   */
  requireDecision(): { steer: boolean } {
    const { lease, policies } = this.#options;
    lease.requireFree();
    if (policies.problem !== null) throw policies.problem;
    if (this.#modelSha256 !== null) requireAllowedModel(policies, this.#modelSha256);
    if (this.#isSignatureOutdated()) throw new SteadyError('busy', this.state.message, { hint: 'Try again in a moment.' });
    if (this.#status === 'on') return { steer: !this.#isSwitchedOff() };
    // A profile may be about to be applied: even where unprotected chat is allowed, this is not the time for it.
    if (this.#status === 'pending') throw new SteadyError('busy', this.state.message, { hint: 'Try again in a moment.' });
    if (this.#mayGoWithout()) return { steer: false };
    throw new SteadyError('protection-off', this.state.message, {
      hint: 'Choose a model with a profile, calibrate this one, or allow unprotected chat in the settings.',
    });
  }

  /** Why the applied profile does not work; null where it does, or did on this machine before. @throws `engine-crashed` */
  async #try(
    profile: SteeringProfile,
    { compute: { device, deviceName } }: LoadedModel,
    { modelSha256, wishes = {} }: EngineTarget,
    client: Pick<ContractClient<EngineContract>, 'call'>,
  ): Promise<string | null> {
    const { appVersion, policies, selfTest: trial = selfTest } = this.#options;
    // What lies in the data folder, users can write: under the policies of a machine it proves nothing.
    const remembers = !policies.system && policies.problem === null;
    const key = { modelSha256, profileSha256: profileSha256(profile), appVersion, device, deviceName, computing: computingOf(wishes) };
    try {
      if (remembers && (await this.#passed.includes(key))) return null;
      const failure = await trial(client, profile);
      if (failure === null && remembers) await this.#passed.add(key);
      return failure;
    } catch (error) {
      const { code, message } = toErrorShape(error);
      if (code === 'engine-crashed') throw error;
      return `It could not be tried: ${message}`;
    }
  }

  #message(): string {
    if (this.#status === 'on') return PROTECTION_ON.message;
    if (this.#status === 'pending') return this.#detail ?? PROTECTION_PENDING.message;
    return this.#detail ?? PROTECTION_OFF[this.#reason ?? 'no-model'].message;
  }

  /** The policies name other keys than those that the profile was held against; it has to be applied again. */
  get signatureOutdated(): boolean {
    return this.#isSignatureOutdated();
  }

  #isSignatureOutdated(): boolean {
    const { policies } = this.#options;
    const held = this.#status === 'on' || this.#reason === 'unsigned';
    return held && policies.problem === null && this.#heldAgainst !== keysOf(policies.current().signingKeys);
  }

  #isSwitchedOff(): boolean {
    return this.#switchedOff && this.#options.policies.current().steering === 'switchable';
  }

  /** Whether the user allowed chat without protection, and the policies let them. */
  #mayGoWithout(): boolean {
    return this.#options.policies.current().unprotectedChat === 'user-choice' && this.#options.settings().allowUnprotectedChat;
  }

  #set(
    status: ProtectionState['status'],
    reason: ProtectionReason | null,
    profile: ProtectionState['profile'],
    detail: string | null = null,
  ): void {
    this.#status = status;
    this.#reason = reason;
    this.#profile = profile;
    this.#detail = detail;
    this.#options.onState(this.state);
  }
}

const keysOf = (keys: readonly string[] | null) => JSON.stringify(keys);

/** What changes the numbers that a model computes; threads only share them out. Empty where it is left to the engine. */
function computingOf({ cacheType, flashAttention, gpuLayers }: ComputeWishes): string {
  const wishes = { cacheType, flashAttention, gpuLayers };
  return Object.entries(wishes)
    .flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name} ${value}`]))
    .join(', ');
}
