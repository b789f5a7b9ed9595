/** Why a document cannot be read, in a sentence for a person. */
export class UnreadableDocument extends Error {}
