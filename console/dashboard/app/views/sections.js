/** The sections of the page; `key` opens one after `g`. */
export const SECTIONS = [
  { name: '', title: 'Overview', key: 'o' },
  { name: 'files', title: 'Files', key: 'f' },
  { name: 'endpoints', title: 'Endpoints', key: 'e' },
  { name: 'sources', title: 'Sources', key: 's' },
  { name: 'deliveries', title: 'Deliveries', key: 'd' },
  { name: 'dead-letters', title: 'Dead letters', key: 'x' },
  { name: 'replay', title: 'Replay', key: 'r' },
  { name: 'log', title: 'Log', key: 'l' },
];
