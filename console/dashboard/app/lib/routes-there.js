import { signal } from '@preact/signals';
import { getJson } from './api.js';

const paths = signal({});

/** Reads which routes this version has: what is not there is not offered. */
export async function loadRoutes() {
  paths.value = (await getJson('/openapi.json')).paths;
}

/** @param {string} path as the description has it, such as `/files/{id}/cancel` */
export function has(method, path) {
  return paths.value[path]?.[method] !== undefined;
}
