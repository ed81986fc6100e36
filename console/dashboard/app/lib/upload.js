import { ApiError, authorization } from './api.js';

/**
 * Uploads files in one request; only this old interface reports how much of it was sent.
 *
 * @param {File[]} files
 * @param {(sent: number, total: number) => void} onProgress in bytes
 * @returns {{ done: Promise<{ files: { id: string, name: string }[] }>, cancel: () => void }}
 */
export function upload(files, onProgress) {
  const body = new FormData();
  for (const file of files) body.append('file', file, file.name);
  const sending = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const fail = (status, problem) => reject(new ApiError(status, problem));
    sending.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    sending.onerror = () => fail(0, { detail: 'The upload broke off; nothing of it was taken' });
    sending.onabort = () =>
      fail(0, { detail: 'The upload was cancelled; nothing of it was taken' });
    sending.onload = () => {
      const answer = jsonOf(sending.responseText);
      if (sending.status < 300) resolve(answer);
      else fail(sending.status, answer);
    };
  });
  sending.open('POST', '/upload');
  for (const [name, value] of Object.entries(authorization()))
    sending.setRequestHeader(name, value);
  sending.send(body);
  return { done, cancel: () => sending.abort() };
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
