/** Chat templates of models that reason, in the manner of those that real ones bring. */

/** Qwen 3: keeps the reasoning of the last reply only, and has a switch. */
export const QWEN =
  "{%- set ns = namespace(last=-1) -%}{%- for m in messages -%}{%- if m.role == 'user' -%}{%- set ns.last = loop.index0 -%}{%- endif -%}{%- endfor -%}" +
  "{%- for m in messages -%}{%- if m.role == 'assistant' -%}{%- set content = m.content -%}{%- set thought = '' -%}" +
  "{%- if m.reasoning_content is string -%}{%- set thought = m.reasoning_content -%}{%- elif '</think>' in content -%}" +
  "{%- set content = content.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}" +
  "{{- '<|im_start|>assistant\\n' -}}{%- if loop.index0 > ns.last and thought -%}{{- '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' -}}{%- endif -%}" +
  "{{- content + '<|im_end|>\\n' -}}{%- else -%}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' -}}{%- endif -%}{%- endfor -%}" +
  "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- if enable_thinking is defined and enable_thinking is false -%}" +
  "{{- '<think>\\n\\n</think>\\n\\n' -}}{%- endif -%}{%- endif -%}";

/** DeepSeek R1 and QwQ: the prompt itself opens the reasoning; what was thought is cut off. */
export const OPENED =
  "{%- for m in messages -%}{%- if m.role == 'assistant' -%}{{- '<|Assistant|>' + m.content.split('</think>')[-1] + '<|end|>' -}}" +
  "{%- else -%}{{- '<|User|>' + m.content -}}{%- endif -%}{%- endfor -%}{%- if add_generation_prompt -%}{{- '<|Assistant|><think>\\n' -}}{%- endif -%}";

/** gpt-oss: channels, and how much effort is made. */
export const HARMONY =
  "{{- '<|start|>system<|message|>Reasoning: ' + (reasoning_effort if reasoning_effort is defined else 'medium') + '<|end|>' -}}" +
  "{%- for m in messages -%}{%- if m.role == 'assistant' -%}{%- if loop.last and m.thinking -%}" +
  "{{- '<|start|>assistant<|channel|>analysis<|message|>' + m.thinking + '<|end|>' -}}{%- endif -%}" +
  "{{- '<|start|>assistant<|channel|>final<|message|>' + m.content + '<|end|>' -}}{%- else -%}" +
  "{{- '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' -}}{%- endif -%}{%- endfor -%}" +
  "{%- if add_generation_prompt -%}{{- '<|start|>assistant' -}}{%- endif -%}";

/** Gemma 4: a channel of its own in tags of its own, switched on in the system's turn. */
export const GEMMA_4 =
  "{%- if enable_thinking is defined and enable_thinking -%}{{- '<|turn>system\\n<|think|>\\n<turn|>\\n' -}}{%- endif -%}" +
  "{%- for m in messages -%}{%- set role = 'model' if m.role == 'assistant' else m.role -%}{{- '<|turn>' + role + '\\n' -}}" +
  "{%- if m.reasoning and loop.last -%}{{- '<|channel>thought\\n' + m.reasoning + '\\n<channel|>' -}}{%- endif -%}{{- m.content + '<turn|>\\n' -}}{%- endfor -%}" +
  "{%- if add_generation_prompt -%}{{- '<|turn>model\\n' -}}{%- endif -%}";

/** Keeps what was thought in every turn. */
export const KEEPING =
  "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' -}}{%- if m.reasoning_content -%}{{- '<think>' + m.reasoning_content + '</think>' -}}{%- endif -%}" +
  "{{- m.content + '<|im_end|>\\n' -}}{%- endfor -%}{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";
