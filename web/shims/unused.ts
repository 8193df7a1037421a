/**
 * In place of Node's fs and path, which the image codecs use on Node alone: vite.config.ts puts this there.
 */

export {};
