/** What HTML alone cannot do in a block of model output: set formulas, and give nested code its frame. */
import { mount, unmount } from 'svelte';
import CodeBlock from '../components/chat/CodeBlock.svelte';
import { katexReady, loadKatex, renderMath } from './katex.ts';

function setFormulas(formulas: readonly HTMLElement[]): void {
  for (const formula of formulas) {
    if (formula.isConnected && !formula.dataset['set']) {
      const tex = formula.textContent;
      formula.dataset['set'] = 'true';
      formula.title = tex;
      renderMath(formula, tex, formula.classList.contains('math-display'));
    }
  }
}

/** Enhances a block's elements once; returns what takes it back. */
export function enhance(root: HTMLElement): () => void {
  const formulas = [...root.querySelectorAll<HTMLElement>('.math')];
  if (formulas.length > 0) {
    // Without waiting where possible, so that growing text does not flicker.
    if (katexReady()) setFormulas(formulas);
    else void loadKatex().then(() => setFormulas(formulas));
  }
  const mounted = [...root.querySelectorAll<HTMLElement>('pre')].map((pre) => {
    const code = pre.querySelector('code');
    const language = /language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '';
    const holder = document.createElement('div');
    pre.replaceWith(holder);
    return mount(CodeBlock, { target: holder, props: { code: (code ?? pre).textContent.replace(/\n$/, ''), language } });
  });
  return () => {
    for (const component of mounted) void unmount(component);
  };
}
