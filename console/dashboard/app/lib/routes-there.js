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

/** @returns whether a route takes a parameter in its query */
export function takes(method, path, name) {
  const parameters = paths.value[path]?.[method]?.parameters ?? [];
  return parameters.some((one) => one.name === name);
}
