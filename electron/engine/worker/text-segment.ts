/** A conversation as templates take it, and as the text that comes of that. */

/** A run of text, and whether its special tokens count as such. */
export interface TextPiece {
  text: string;
  special: boolean;
}
export interface TextSegment {
  kind: 'prompt' | 'reply';
  pieces: TextPiece[];
  /** Of a reply: see `engineTurn`. */
  foreign?: true;
}

export interface TemplateMessage {
  role: string;
  content: string;
  /** Of a reply, under each name that templates look for. */
  reasoning_content?: string;
  reasoning?: string;
  thinking?: string;
}
