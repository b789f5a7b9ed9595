/** How `npm run check` reads the Markdown pages: every link inside the repository, and every #anchor, must lead somewhere. */
import validateLinks from 'remark-validate-links';

export default {
  // Without a repository no address on the web is taken for a file here, and no Git remote is asked for.
  plugins: [[validateLinks, { repository: false }]],
};
