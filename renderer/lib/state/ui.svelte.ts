import type { AttachedDocument, Passage } from '../contract.ts';

export type DialogName = 'settings' | 'models' | 'shortcuts' | 'conversation' | 'allow-unprotected' | 'prompts' | 'palette';

/** Narrower than this, the sidebar is a drawer over the page. */
export const NARROW = '(max-width: 760px)';

/** What is open around the conversation, and who wants the keyboard. */
export class Ui {
  /** The sidebar beside the page, on wide windows. */
  sidebarShown = $state(true);
  /** The sidebar over the page, on narrow windows. */
  drawerOpen = $state(false);
  narrow = $state(false);
  dialog = $state<DialogName | null>(null);
  /** The document that is looked at, and where. */
  document = $state.raw<{ readonly document: AttachedDocument; readonly passage: Passage | null } | null>(null);
  /** Counts requests to focus the composer, which watches the number. */
  focusComposer = $state(0);
  /** The search box takes the focus as soon as it is there. */
  searchWanted = $state(false);

  /** Follows the window's width. Returns the function that stops. */
  watchWidth(): () => void {
    const media = window.matchMedia(NARROW);
    const update = () => {
      this.narrow = media.matches;
      if (!media.matches) this.drawerOpen = false;
    };
    update();
    media.addEventListener('change', update);
    return () => media.removeEventListener('change', update);
  }

  get sidebarVisible(): boolean {
    return this.narrow ? this.drawerOpen : this.sidebarShown;
  }

  toggleSidebar(): void {
    if (this.narrow) this.drawerOpen = !this.drawerOpen;
    else this.sidebarShown = !this.sidebarShown;
  }

  showDocument(document: AttachedDocument, passage: Passage | null = null): void {
    this.document = { document, passage };
  }

  openSearch(): void {
    if (!this.sidebarVisible) this.toggleSidebar();
    this.searchWanted = true;
  }

  /** Back to the composer from a button that is gone; not where that would raise a keyboard over half of the screen. */
  writeAgain(): void {
    if (!window.matchMedia('(pointer: coarse)').matches) this.writeMessage();
  }

  writeMessage(): void {
    this.drawerOpen = false;
    this.focusComposer++;
  }
}
