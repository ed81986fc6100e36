import { DeadLetters } from './dead-letters.js';
import { Deliveries } from './deliveries.js';
import { Delivery } from './delivery.js';
import { EndpointView } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { FileView } from './file.js';
import { Files } from './files.js';
import { Log } from './log.js';
import { NewEndpoint } from './endpoint-new.js';
import { NotFound } from './not-found.js';
import { Overview } from './overview.js';
import { Replay } from './replay.js';
import { Topic } from './topic.js';
import { Sources } from './sources.js';
import { SECTIONS } from './sections.js';

/** Views by the first part of the path; those of one item have its id as the second. */
const VIEWS = {
  '': { list: Overview },
  files: { list: Files, item: FileView },
  endpoints: { list: Endpoints, item: EndpointView, below: { new: NewEndpoint } },
  sources: { list: Sources },
  deliveries: { list: Deliveries, item: Delivery },
  'dead-letters': { list: DeadLetters },
  replay: { list: Replay },
  log: { list: Log, item: Topic },
};

/**
 * Finds the view of a path.
 *
 * @param {string[]} parts
 * @returns {{ view: Function, title: string, item?: string }}
 */
export function viewOf([name = '', ...rest]) {
  const title = SECTIONS.find((section) => section.name === name)?.title ?? 'Not found';
  const { list, item, below = {} } = Object.hasOwn(VIEWS, name) ? VIEWS[name] : {};
  const [id] = rest;
  if (id === undefined && list) return { view: list, title };
  if (id !== undefined && Object.hasOwn(below, id)) return { view: below[id], title };
  if (id !== undefined && item) return { view: item, title, item: id };
  return { view: NotFound, title: 'Not found' };
}
