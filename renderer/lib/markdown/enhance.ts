/** What HTML alone cannot do in a block of model output: set formulas, frame nested code, and name what has no name of its own. */
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

/** The box of a task list says whether the task is done; the text beside it says which. */
function nameTasks(root: HTMLElement): void {
  for (const box of root.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')) {
    box.setAttribute('aria-label', box.checked ? 'Done' : 'To do');
  }
}

/** What a wide table is called: its columns. */
function tableName(table: Element): string {
  const columns = [...table.querySelectorAll('th')].map((cell) => cell.textContent.trim()).filter((name) => name !== '');
  return columns.length === 0 ? 'Table' : `Table: ${columns.join(', ').slice(0, 200)}`;
}

/**
 * Lets the keyboard scroll what is wider than its place, for as long as it is. Only then: a stop at every small table
 * would be in the way.
 */
function keepScrollable(element: HTMLElement, role: 'region' | 'group', name: string): () => void {
  const observer = new ResizeObserver(() => {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
      element.setAttribute('role', role);
      element.setAttribute('aria-label', name);
    } else {
      for (const attribute of ['tabindex', 'role', 'aria-label']) element.removeAttribute(attribute);
    }
  });
  observer.observe(element);
  for (const child of element.children) observer.observe(child);
  return () => observer.disconnect();
}

/** Enhances a block's elements once; returns what takes it back. */
export function enhance(root: HTMLElement): () => void {
  const formulas = [...root.querySelectorAll<HTMLElement>('.math')];
  if (formulas.length > 0) {
    // Without waiting where possible, so that growing text does not flicker.
    if (katexReady()) setFormulas(formulas);
    else void loadKatex().then(() => setFormulas(formulas));
  }
  nameTasks(root);
  const ends: (() => void)[] = [...root.querySelectorAll<HTMLElement>('pre')].map((pre) => {
    const code = pre.querySelector('code');
    const language = /language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '';
    const holder = document.createElement('div');
    pre.replaceWith(holder);
    const component = mount(CodeBlock, { target: holder, props: { code: (code ?? pre).textContent.replace(/\n$/, ''), language } });
    return () => void unmount(component);
  });
  for (const table of root.querySelectorAll<HTMLElement>('.table-scroll')) ends.push(keepScrollable(table, 'region', tableName(table)));
  for (const formula of root.querySelectorAll<HTMLElement>('.math-display')) ends.push(keepScrollable(formula, 'group', 'Formula'));
  return () => {
    for (const end of ends) end();
  };
}
