// Loaded before s3rver: it leaves the escaped slashes in the source of a copy, which Amazon decodes.
globalThis.decodeURI = decodeURIComponent;
