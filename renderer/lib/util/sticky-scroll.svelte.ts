/** Keeps a growing page at its end, but only while the reader is there. */
const NEAR = 56;

export class StickyScroll {
  /** Whether the end is in view and followed. */
  atEnd = $state(true);
  #container: HTMLElement | null = null;
  #lastTop = 0;

  /** To be attached to the element that scrolls; its first child is the content that grows. */
  readonly attach = (container: HTMLElement): (() => void) => {
    this.#container = container;
    const onScroll = () => {
      const distance = container.scrollHeight - container.clientHeight - container.scrollTop;
      const movedUp = container.scrollTop < this.#lastTop - 1;
      this.#lastTop = container.scrollTop;
      if (distance < NEAR && !(movedUp && distance > 2)) this.atEnd = true;
      else if (movedUp) this.atEnd = false;
      else if (distance > container.clientHeight) this.atEnd = false;
    };
    const onWheel = (event: WheelEvent) => {
      // A turn of the wheel leaves the end at once, before growing text can pull it back.
      if (event.deltaY < 0 && container.scrollHeight > container.clientHeight) this.atEnd = false;
    };
    const observer = new ResizeObserver(() => {
      if (this.atEnd) this.#toEnd();
    });
    observer.observe(container);
    if (container.firstElementChild !== null) observer.observe(container.firstElementChild);
    container.addEventListener('scroll', onScroll, { passive: true });
    container.addEventListener('wheel', onWheel, { passive: true });
    return () => {
      observer.disconnect();
      container.removeEventListener('scroll', onScroll);
      container.removeEventListener('wheel', onWheel);
      this.#container = null;
    };
  };

  /** Goes to the end and follows it from now on. */
  follow(): void {
    this.atEnd = true;
    this.#toEnd();
  }

  /** Goes to the start, for pages that do not grow. */
  toStart(): void {
    this.atEnd = false;
    if (this.#container !== null) this.#container.scrollTop = 0;
    this.#lastTop = 0;
  }

  /** Runs a change that adds content above, and keeps what is in view where it is. */
  async addAbove(change: () => Promise<void>): Promise<void> {
    const container = this.#container;
    const fromEnd = container === null ? 0 : container.scrollHeight - container.scrollTop;
    await change();
    if (container !== null) container.scrollTop = container.scrollHeight - fromEnd;
  }

  /** Stops following, so that something else can be brought into view. */
  release(): void {
    this.atEnd = false;
  }

  #toEnd(): void {
    const container = this.#container;
    if (container === null) return;
    container.scrollTop = container.scrollHeight;
    this.#lastTop = container.scrollTop;
  }
}
