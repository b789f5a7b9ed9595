/** Replies that are JSON of a given shape, by the library's grammars. */
import { LlamaGrammarEvaluationState, type Llama, type LlamaModel, type SequenceEvaluateOptions } from 'node-llama-cpp';
import { SteadyError } from '../../contract/errors.ts';

/**
 * What holds a reply to a schema. Each call is for one reading of the prompt: the state goes along with what is sampled.
 * @param schema of the kind that the library knows; see `electron/api/formats/json-schema.ts`
 * @throws SteadyError `bad-input` where no grammar can be made of it
 */
export async function jsonGrammar(llama: Llama, model: LlamaModel, schema: object): Promise<() => SequenceEvaluateOptions> {
  try {
    const grammar = await llama.createGrammarForJsonSchema(schema as { readonly type: 'object' });
    return () => ({ grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) });
  } catch (cause) {
    throw new SteadyError('bad-input', `No reply can be held to this JSON schema: ${(cause as Error).message}`, {
      hint: 'Make the schema simpler.',
      cause,
    });
  }
}
