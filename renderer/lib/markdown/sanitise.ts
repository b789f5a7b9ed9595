/** The last gate before model output becomes elements: whatever the Markdown step let through, only these get in. */
import DOMPurify from 'dompurify';
import { setDirection } from './direction.ts';

const TAGS =
  'a p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong b i del s u ins kbd sub sup mark small ' +
  'table thead tbody tr th td input span div';
/** Attributes that hold an address; their value must be one that may be opened. */
const ADDRESSES = ['href'];
const PLAIN_ATTRIBUTES = 'title target rel class start align type checked disabled'.split(' ');

DOMPurify.addHook('afterSanitizeAttributes', (node) => setDirection(node as Element));

/** Markup made harmless: no script, style, image, frame, form, handler, or address other than web and mail. */
export function sanitise(html: string): string {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS.split(' '),
    ALLOWED_ATTR: [...ADDRESSES, ...PLAIN_ATTRIBUTES],
    ADD_URI_SAFE_ATTR: PLAIN_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  });
}
