import { h } from 'preact';
import htm from 'htm';

/** Markup as template text; values go in as text or properties, never as HTML. */
export const html = htm.bind(h);
