/**
 * The one RPC style on all borders (page ↔ app, app ↔ engine): birpc over the border's own channel, with every
 * message checked by a zod schema where it arrives. Errors cross as data, so they keep their code and hint.
 */
import { createBirpc } from 'birpc';
import { z } from 'zod';
import { Emitter, type Unsubscribe } from './emitter.ts';
import { errorShape, SteadyError, toErrorShape } from './errors.ts';

export interface RequestDefinition {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
}
export interface Contract {
  readonly requests: Record<string, RequestDefinition>;
  readonly events: Record<string, z.ZodType>;
}

export type RequestName<C extends Contract> = keyof C['requests'] & string;
export type EventName<C extends Contract> = keyof C['events'] & string;
export type RequestInput<C extends Contract, K extends RequestName<C>> = z.infer<C['requests'][K]['input']>;
export type RequestOutput<C extends Contract, K extends RequestName<C>> = z.infer<C['requests'][K]['output']>;
export type EventPayload<C extends Contract, K extends EventName<C>> = z.infer<C['events'][K]>;
/** A contract's events by name, as an `Emitter` takes them. */
export type EventsOf<C extends Contract> = { [K in EventName<C>]: EventPayload<C, K> };

/** One handler a request; the input has already been checked. */
export type Handlers<C extends Contract> = {
  [K in RequestName<C>]: (input: RequestInput<C, K>) => RequestOutput<C, K> | Promise<RequestOutput<C, K>>;
};

/** A two-way message pipe. `subscribe` returns the function that ends the subscription. */
export interface Channel {
  post(message: unknown): void;
  subscribe(listener: (message: unknown) => void): () => void;
}

export interface ContractServer<C extends Contract> {
  emit<K extends EventName<C>>(name: K, payload: EventPayload<C, K>): void;
  close(): void;
}

export interface ContractClient<C extends Contract> {
  call<K extends RequestName<C>>(name: K, input: RequestInput<C, K>): Promise<RequestOutput<C, K>>;
  /** Listens to one event; returns the function that stops listening. */
  on<K extends EventName<C>>(name: K, listener: (payload: EventPayload<C, K>) => void): Unsubscribe;
  /** Ends the connection; calls in flight fail with `reason`. */
  close(reason?: SteadyError): void;
}

/** What a request answers with on the wire. */
const envelope = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorShape }),
]);

/** birpc's own frame; anything else on a channel is dropped before birpc sees it. */
const frame = z.union([
  z.object({
    t: z.literal('q'),
    i: z.string().max(64).optional(),
    m: z.string().max(64),
    a: z.array(z.unknown()).max(2),
    o: z.boolean().optional(),
  }),
  z.object({ t: z.literal('s'), i: z.string().max(64), r: z.unknown().optional(), e: z.unknown().optional() }),
]);

/** Requests can legitimately take minutes (loading, downloading), so the transport has no timeout of its own. */
const NO_TIMEOUT = -1;

function birpcChannel(channel: Channel, functions: object) {
  let unsubscribe: (() => void) | undefined;
  return {
    post: (message: unknown) => channel.post(message),
    on: (listener: (message: unknown) => void) => {
      unsubscribe = channel.subscribe((message) => {
        if (frame.safeParse(message).success) listener(message);
      });
    },
    off: () => unsubscribe?.(),
    timeout: NO_TIMEOUT,
    proxify: false as const,
    // birpc looks names up as properties; what every object inherits ("valueOf", "constructor") is nobody's to call.
    resolver: <T>(name: string, found: T): T | undefined => (Object.hasOwn(functions, name) ? found : undefined),
  };
}

function describe(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`)
    .join('; ');
}

/** Checks a value that arrived over a border. @throws SteadyError `bad-message`, naming the first faults. */
export function checkMessage<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SteadyError('bad-message', `A message was malformed: ${what} (${describe(parsed.error)}).`, {
    hint: 'If you did not send it yourself, this is a fault in Steady.',
  });
}

/** Answers a contract's requests on a channel and emits its events. */
export function serveContract<C extends Contract>(contract: C, handlers: Handlers<C>, channel: Channel): ContractServer<C> {
  const request = async (name: unknown, input: unknown) => {
    try {
      if (typeof name !== 'string' || !Object.hasOwn(contract.requests, name)) {
        throw new SteadyError('unknown-request', 'An unknown request was made.');
      }
      const definition = contract.requests[name] as RequestDefinition;
      const checked = checkMessage(definition.input, input, `request ${name}`);
      const handler = handlers[name as RequestName<C>] as (input: unknown) => unknown;
      return { ok: true, value: await handler(checked) };
    } catch (error) {
      return { ok: false, error: toErrorShape(error) };
    }
  };
  const rpc = createBirpc<{ event(name: string, payload: unknown): void }, { request: typeof request }, false>(
    { request },
    birpcChannel(channel, { request }),
  );
  return {
    emit: (name, payload) => {
      if (!rpc.$closed) void rpc.$callEvent('event', name, payload);
    },
    close: () => rpc.$close(),
  };
}

/** Calls a contract's requests over a channel and listens to its events. */
export function connectContract<C extends Contract>(contract: C, channel: Channel): ContractClient<C> {
  const events = new Emitter<EventsOf<C>>();
  const event = (name: unknown, payload: unknown) => {
    if (typeof name !== 'string' || !Object.hasOwn(contract.events, name)) return;
    const parsed = (contract.events[name] as z.ZodType).safeParse(payload);
    if (!parsed.success) {
      console.error(`Dropped a malformed ${name} event: ${describe(parsed.error)}`);
      return;
    }
    events.emit(name as EventName<C>, parsed.data as never);
  };
  const rpc = createBirpc<{ request(name: string, input: unknown): unknown }, { event: typeof event }, false>(
    { event },
    birpcChannel(channel, { event }),
  );
  return {
    call: async (name, input) => {
      const answer = checkMessage(envelope, await rpc.$call('request', name, input), `answer to ${name}`);
      if (!answer.ok) throw SteadyError.fromShape(answer.error);
      return checkMessage((contract.requests[name] as RequestDefinition).output, answer.value, `answer to ${name}`) as never;
    },
    on: (name, listener) => events.on(name, listener),
    close: (reason) => rpc.$close(reason),
  };
}
