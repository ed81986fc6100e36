import type { FileError, FileErrorCode } from '../../common/model/file-progress.ts';

/** A file cannot be read, and trying again will not help. */
export class UnfitFileError extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get fileError(): FileError {
    return { code: this.code, message: this.message };
  }
}
