/** The policies in force, value by value: what a policy file says, else what the admin set, else the default. */
import {
  Emitter,
  POLICY_NAMES,
  policyValues,
  SteadyError,
  toErrorShape,
  type PolicyName,
  type PolicySource,
  type PolicyState,
  type PolicyValues,
} from '../contract/index.ts';
import type { AdminStore } from '../store/index.ts';
import { DEFAULT_POLICIES, forbidden, STRICTEST_POLICIES, type Policies } from './policies.ts';
import { readPolicyFiles, type PolicyFilePath } from './policy-files.ts';

export interface PolicyServiceOptions {
  store: AdminStore;
  /** The strongest first. */
  files: readonly PolicyFilePath[];
}

export class PolicyService implements Policies {
  readonly #options: PolicyServiceOptions;
  readonly #changes = new Emitter<{ changed: PolicyValues }>();
  #state: PolicyState;
  #problem: SteadyError | null = null;
  #system = false;

  private constructor(options: PolicyServiceOptions) {
    this.#options = options;
    this.#state = stateOf(STRICTEST_POLICIES, () => 'default', [], null);
  }

  static async open(options: PolicyServiceOptions): Promise<PolicyService> {
    const service = new PolicyService(options);
    await service.refresh();
    return service;
  }

  current(): PolicyValues {
    return this.#state.values;
  }

  get problem(): SteadyError | null {
    return this.#problem;
  }

  get system(): boolean {
    return this.#system;
  }

  /** The values with where each comes from. */
  get state(): PolicyState {
    return this.#state;
  }

  onChange(listener: (values: PolicyValues) => void): () => void {
    return this.#changes.on('changed', listener);
  }

  /** Reads the files and the database anew; another process may have changed either. */
  async refresh(): Promise<void> {
    const before = JSON.stringify(this.#state);
    try {
      const [fromFiles, stored] = await Promise.all([readPolicyFiles(this.#options.files), this.#options.store.policies()]);
      this.#state = merge(fromFiles, stored);
      this.#system = fromFiles.system;
      this.#problem = null;
    } catch (error) {
      const shape = toErrorShape(error);
      // The database has its own ways of saying that something is wrong with it.
      if (shape.code !== 'policy-damaged') throw error;
      this.#problem = SteadyError.fromShape(shape);
      this.#state = stateOf(STRICTEST_POLICIES, () => 'file', [], shape);
    }
    if (JSON.stringify(this.#state) !== before) this.#changes.emit('changed', this.#state.values);
  }

  /**
   * Sets what the patch names.
   * @throws SteadyError `policy` for a value that a policy file sets, `policy-damaged` while a file cannot be read. Nothing is changed then.
   */
  async set(patch: Partial<PolicyValues>): Promise<PolicyState> {
    await this.refresh();
    if (this.#problem !== null) throw this.#problem;
    const managed = POLICY_NAMES.filter((name) => patch[name] !== undefined && this.#state.sources[name] === 'file');
    if (managed.length > 0) {
      throw forbidden(`A policy file sets ${managed.join(', ')}; it cannot be changed here.`, `See ${this.#state.files.join(', ')}.`);
    }
    await this.#options.store.setPolicies(patch, { kind: 'policies', detail: describe(patch) });
    await this.refresh();
    return this.#state;
  }
}

const describe = (patch: Partial<PolicyValues>) =>
  `Policies were set: ${Object.entries(patch)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ')}.`.slice(0, 2000);

function stateOf(
  values: PolicyValues,
  sourceOf: (name: PolicyName) => PolicySource,
  files: string[],
  problem: PolicyState['problem'],
): PolicyState {
  const sources = Object.fromEntries(POLICY_NAMES.map((name) => [name, sourceOf(name)])) as PolicyState['sources'];
  return { values, sources, files, problem };
}

function merge(fromFiles: { files: string[]; values: Partial<PolicyValues> }, stored: Record<string, unknown>): PolicyState {
  const values: Record<string, unknown> = {};
  const sources = new Map<PolicyName, PolicySource>();
  for (const name of POLICY_NAMES) {
    if (fromFiles.values[name] !== undefined) {
      values[name] = fromFiles.values[name];
      sources.set(name, 'file');
    } else if (Object.hasOwn(stored, name)) {
      const parsed = policyValues.shape[name].safeParse(stored[name]);
      // A value that cannot be read was set for a reason that is not known any more.
      values[name] = parsed.success ? parsed.data : STRICTEST_POLICIES[name];
      sources.set(name, 'admin');
    } else {
      values[name] = DEFAULT_POLICIES[name];
      sources.set(name, 'default');
    }
  }
  return stateOf(values as PolicyValues, (name) => sources.get(name) ?? 'default', fromFiles.files, null);
}
