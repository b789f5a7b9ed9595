/** The languages that code is highlighted in: each its own file, fetched when it first appears. */
import type { LanguageInput } from 'shiki/core';

interface Language {
  readonly label: string;
  readonly aliases: readonly string[];
  readonly load: LanguageInput;
}

const LANGUAGES: Record<string, Language> = {
  bash: { label: 'Shell', aliases: ['sh', 'shell', 'zsh', 'console', 'shellscript'], load: () => import('shiki/langs/bash.mjs') },
  c: { label: 'C', aliases: ['h'], load: () => import('shiki/langs/c.mjs') },
  clojure: { label: 'Clojure', aliases: ['clj'], load: () => import('shiki/langs/clojure.mjs') },
  cpp: { label: 'C++', aliases: ['c++', 'cc', 'hpp', 'cxx'], load: () => import('shiki/langs/cpp.mjs') },
  csharp: { label: 'C#', aliases: ['cs', 'c#'], load: () => import('shiki/langs/csharp.mjs') },
  css: { label: 'CSS', aliases: [], load: () => import('shiki/langs/css.mjs') },
  dart: { label: 'Dart', aliases: [], load: () => import('shiki/langs/dart.mjs') },
  diff: { label: 'Diff', aliases: ['patch'], load: () => import('shiki/langs/diff.mjs') },
  docker: { label: 'Dockerfile', aliases: ['dockerfile'], load: () => import('shiki/langs/docker.mjs') },
  elixir: { label: 'Elixir', aliases: ['ex', 'exs'], load: () => import('shiki/langs/elixir.mjs') },
  fortran: { label: 'Fortran', aliases: ['f90', 'fortran-free-form'], load: () => import('shiki/langs/fortran-free-form.mjs') },
  go: { label: 'Go', aliases: ['golang'], load: () => import('shiki/langs/go.mjs') },
  graphql: { label: 'GraphQL', aliases: ['gql'], load: () => import('shiki/langs/graphql.mjs') },
  haskell: { label: 'Haskell', aliases: ['hs'], load: () => import('shiki/langs/haskell.mjs') },
  html: { label: 'HTML', aliases: ['htm'], load: () => import('shiki/langs/html.mjs') },
  ini: { label: 'INI', aliases: ['properties'], load: () => import('shiki/langs/ini.mjs') },
  java: { label: 'Java', aliases: [], load: () => import('shiki/langs/java.mjs') },
  javascript: { label: 'JavaScript', aliases: ['js', 'mjs', 'cjs'], load: () => import('shiki/langs/javascript.mjs') },
  json: { label: 'JSON', aliases: ['jsonc', 'json5'], load: () => import('shiki/langs/json.mjs') },
  jsx: { label: 'JSX', aliases: [], load: () => import('shiki/langs/jsx.mjs') },
  julia: { label: 'Julia', aliases: ['jl'], load: () => import('shiki/langs/julia.mjs') },
  kotlin: { label: 'Kotlin', aliases: ['kt', 'kts'], load: () => import('shiki/langs/kotlin.mjs') },
  latex: { label: 'LaTeX', aliases: ['tex'], load: () => import('shiki/langs/latex.mjs') },
  lua: { label: 'Lua', aliases: [], load: () => import('shiki/langs/lua.mjs') },
  make: { label: 'Makefile', aliases: ['makefile'], load: () => import('shiki/langs/make.mjs') },
  markdown: { label: 'Markdown', aliases: ['md'], load: () => import('shiki/langs/markdown.mjs') },
  matlab: { label: 'MATLAB', aliases: [], load: () => import('shiki/langs/matlab.mjs') },
  nix: { label: 'Nix', aliases: [], load: () => import('shiki/langs/nix.mjs') },
  ocaml: { label: 'OCaml', aliases: ['ml'], load: () => import('shiki/langs/ocaml.mjs') },
  perl: { label: 'Perl', aliases: ['pl'], load: () => import('shiki/langs/perl.mjs') },
  php: { label: 'PHP', aliases: [], load: () => import('shiki/langs/php.mjs') },
  powershell: { label: 'PowerShell', aliases: ['ps1', 'ps', 'pwsh'], load: () => import('shiki/langs/powershell.mjs') },
  python: { label: 'Python', aliases: ['py', 'python3'], load: () => import('shiki/langs/python.mjs') },
  r: { label: 'R', aliases: [], load: () => import('shiki/langs/r.mjs') },
  ruby: { label: 'Ruby', aliases: ['rb'], load: () => import('shiki/langs/ruby.mjs') },
  rust: { label: 'Rust', aliases: ['rs'], load: () => import('shiki/langs/rust.mjs') },
  scala: { label: 'Scala', aliases: [], load: () => import('shiki/langs/scala.mjs') },
  scss: { label: 'SCSS', aliases: ['sass'], load: () => import('shiki/langs/scss.mjs') },
  sql: { label: 'SQL', aliases: ['postgresql', 'mysql', 'sqlite'], load: () => import('shiki/langs/sql.mjs') },
  svelte: { label: 'Svelte', aliases: [], load: () => import('shiki/langs/svelte.mjs') },
  swift: { label: 'Swift', aliases: [], load: () => import('shiki/langs/swift.mjs') },
  toml: { label: 'TOML', aliases: [], load: () => import('shiki/langs/toml.mjs') },
  tsx: { label: 'TSX', aliases: [], load: () => import('shiki/langs/tsx.mjs') },
  typescript: { label: 'TypeScript', aliases: ['ts', 'mts', 'cts'], load: () => import('shiki/langs/typescript.mjs') },
  vue: { label: 'Vue', aliases: [], load: () => import('shiki/langs/vue.mjs') },
  xml: { label: 'XML', aliases: ['svg', 'plist'], load: () => import('shiki/langs/xml.mjs') },
  yaml: { label: 'YAML', aliases: ['yml'], load: () => import('shiki/langs/yaml.mjs') },
  zig: { label: 'Zig', aliases: [], load: () => import('shiki/langs/zig.mjs') },
};

const NAMES = new Map(
  Object.entries(LANGUAGES).flatMap(([name, { aliases }]) => [name, ...aliases].map((alias) => [alias, name] as const)),
);

/** The language meant by what stands behind a code fence; null for one that is not highlighted. */
export function findLanguage(name: string): { readonly name: string; readonly label: string; readonly load: LanguageInput } | null {
  const known = NAMES.get(name.toLowerCase());
  const language = known === undefined ? undefined : LANGUAGES[known];
  return known === undefined || language === undefined ? null : { name: known, label: language.label, load: language.load };
}

/** What to call a language above its code. */
export function languageLabel(name: string): string {
  return findLanguage(name)?.label ?? (/^[\w+#.-]{1,24}$/.test(name) ? name : 'Text');
}
