/** The app's own event line: what happens is said once, and every page connection hears it. */
import { Emitter, type EventsOf, type PageContract } from './contract/index.ts';

export class AppEvents extends Emitter<EventsOf<PageContract>> {}
