/** Which row names a table's columns, and which column holds the prompts: by names, and by what stands in the cells. */

/** Names of columns that hold prompts, the likeliest first, as words in small letters; `user message` also stands for `user_message`. */
const PROMPT_NAMES = [
  ...['prompt', 'prompts', 'user prompt', 'user message', 'question', 'questions', 'instruction', 'user input', 'query', 'request'],
  ...['text', 'message', 'input', 'content', 'utterance', 'sentence', 'ask', 'behavior', 'behaviour', 'goal', 'user', 'human'],
  ...['frage', 'fragen', 'anfrage', 'eingabe', 'nachricht', 'eingabeaufforderung', 'nutzeranfrage', 'benutzeranfrage', 'aufgabe'],
  ...[
    'demande',
    'requête',
    'texte',
    'consigne',
    'pregunta',
    'preguntas',
    'solicitud',
    'consulta',
    'mensaje',
    'texto',
    'pergunta',
    'mensagem',
  ],
  ...[
    'domanda',
    'domande',
    'richiesta',
    'messaggio',
    'testo',
    'vraag',
    'verzoek',
    'pytanie',
    'zapytanie',
    'otázka',
    'fråga',
    'spørsmål',
    'soru',
  ],
  ...['вопрос', 'запрос', 'сообщение', 'текст', 'запит', 'питання', '问题', '提问', '提示', '提示词', '問題', '質問', '指示', 'プロンプト'],
  ...['질문', '프롬프트', 'سؤال', 'السؤال', 'प्रश्न'],
];
/** Names of columns that hold something else. */
const OTHER_NAMES = new Set([
  ...['id', 'ids', 'nr', 'no', 'number', 'index', 'key', 'uuid', 'hash', 'url', 'link', 'source', 'date', 'time', 'timestamp', 'created'],
  ...['created at', 'user id', 'author', 'name', 'title', 'label', 'labels', 'kind', 'type', 'category', 'tag', 'tags', 'topic', 'class'],
  ...['answer', 'answers', 'response', 'reply', 'output', 'completion', 'assistant', 'chosen', 'rejected', 'target', 'score', 'rating'],
  ...[
    'language',
    'lang',
    'locale',
    'split',
    'notes',
    'note',
    'comment',
    'comments',
    'model',
    'system',
    'system prompt',
    'context',
    'status',
  ],
  ...['art', 'typ', 'antwort', 'datum', 'sprache', 'kategorie', 'thema', 'quelle', 'réponse', 'respuesta', 'risposta', 'resposta'],
]);

/** The most columns that are looked at. */
export const MAX_COLUMNS = 512;
/** Rows that a choice is made by. */
export const SAMPLE_ROWS = 200;
const LONGEST_NAME = 60;

/** A name as words: `userMessage`, `user_message` and `User message:` are one. */
export function plainName(name: string): string {
  return name
    .slice(0, 200)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim();
}

/** Where a name stands among those of prompts, 0 being the likeliest; -1 for any other. */
function rankOf(name: string): number {
  const plain = plainName(name);
  const exact = PROMPT_NAMES.indexOf(plain);
  if (exact >= 0) return exact;
  // "prompt_text", "the_question", "Prompt (en)"
  const words = plain.split(' ');
  if (words.length > 4 || OTHER_NAMES.has(plain) || OTHER_NAMES.has(words.at(-1)!)) return -1;
  return words.reduce((best, word) => {
    const at = PROMPT_NAMES.indexOf(word);
    return at >= 0 && (best < 0 || at + 40 < best) ? at + 40 : best;
  }, -1);
}

const isKnownName = (cell: string): boolean => rankOf(cell) >= 0 || OTHER_NAMES.has(plainName(cell));

/** Could be a name: short, no sentence, no number. */
const isNameLike = (cell: string): boolean =>
  cell.length <= LONGEST_NAME && cell.split(/\s+/).length <= 4 && /\p{L}/u.test(cell) && !/[?!.,;]\s*$/.test(cell);

/** Whether the first of these rows names the columns. */
export function hasHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined) return false;
  const cells = first.map((cell) => cell.trim());
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length === 0 || !filled.every(isNameLike)) return false;
  if (filled.some((cell) => rankOf(cell) >= 0 && cell.split(/\s+/).length <= 3)) return true;
  if (filled.length < 2 || rest.length === 0 || new Set(filled.map(plainName)).size < filled.length) return false;
  if (filled.every(isKnownName)) return true;
  // Names that nobody knows: single words above sentences.
  return cells.some((cell, at) => {
    const below = rest.map((row) => row[at]?.trim() ?? '').filter((text) => text !== '');
    return cell !== '' && !/\s/.test(cell) && below.length > 0 && below.filter(isSentence).length > 0.7 * below.length;
  });
}

/** Names for a table's columns: those of the header, or "Column 1" and so on where there is none. */
export function columnNames(rows: readonly (readonly string[])[], header: boolean): string[] {
  const width = Math.min(
    MAX_COLUMNS,
    rows.reduce((most, row) => Math.max(most, row.length), 0),
  );
  const names: string[] = [];
  for (let at = 0; at < width; at++) {
    const given = header ? (rows[0]?.[at]?.trim() ?? '') : '';
    const name = given === '' ? `Column ${at + 1}` : given.slice(0, LONGEST_NAME).toWellFormed();
    names.push(names.includes(name) ? `${name} (${at + 1})` : name);
  }
  return names;
}

/**
 * How likely each column holds the prompts; the highest does. A telling name counts most, then whether the cells are sentences.
 * @param rows without the header
 */
export function likelihoods(names: readonly string[], rows: readonly (readonly string[])[], header: boolean): number[] {
  return names.map((name, at) => {
    const rank = header ? rankOf(name) : -1;
    const byName = rank >= 0 ? 3 - rank / 100 : header && OTHER_NAMES.has(plainName(name)) ? -1.5 : 0;
    return byName + byContent(rows.map((row) => row[at]?.trim() ?? ''));
  });
}

/** 0…2: many cells, different ones, with words in them. */
function byContent(cells: readonly string[]): number {
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length === 0) return cells.length === 0 ? 0 : -3;
  const share = (holds: (cell: string) => boolean) => filled.filter(holds).length / filled.length;
  const distinct = new Set(filled).size / filled.length;
  return (
    (filled.length / cells.length) *
      (share(isSentence) + 0.3 * share((cell) => /[?？؟]\s*$/.test(cell)) + 0.5 * distinct + 0.2 * share(hasLetters)) -
    2 * share(isNoText)
  );
}

const hasLetters = (cell: string): boolean => /\p{L}{2}/u.test(cell);
/** Several words, or a run of a script that writes no spaces. */
const isSentence = (cell: string): boolean =>
  cell.trim().split(/\s+/, 3).length >= 3 || /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]{4}/u.test(cell);
/** Numbers, dates, addresses, hashes. */
const isNoText = (cell: string): boolean => /^(?:[\d\s.,:/+-]+|https?:\S+|[0-9a-f-]{16,})$/i.test(cell);

/** Which of `names` a person means: by name, whatever its case, else by number from 1. -1: none. */
export function columnNamed(names: readonly string[], wanted: string): number {
  const exact = names.indexOf(wanted);
  if (exact >= 0) return exact;
  const plain = names.findIndex((name) => plainName(name) === plainName(wanted));
  if (plain >= 0) return plain;
  const number = /^\d{1,4}$/.test(wanted.trim()) ? Number(wanted) : 0;
  return number >= 1 && number <= names.length ? number - 1 : -1;
}
