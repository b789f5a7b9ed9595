/** What components ask of a browser and jsdom lacks: a screen, layout and motion. To be imported before any component. */
const nothing = () => undefined;

window.matchMedia = ((media: string) => ({
  media,
  // Nothing moves, so that nothing has to be waited for.
  matches: media.includes('prefers-reduced-motion'),
  addEventListener: nothing,
  removeEventListener: nothing,
})) as never;
window.ResizeObserver = class {
  observe = nothing;
  unobserve = nothing;
  disconnect = nothing;
};
Element.prototype.scrollTo = nothing;
Element.prototype.scrollIntoView = nothing;
Element.prototype.animate = nothing as never;
