/** The button that ends a coordinator of another version; this extension's own is started in its place. */
export const makeRoom = 'Restart Coordinator';

/**
 * What to tell where the coordinator is of another version than this extension, though they understand each other: it was started by
 * another program, or before an update. Undefined where there is nothing to tell.
 */
export function versionMismatch(extension: string, coordinator: string): string | undefined {
  // What follows a plus sign names a build, not a version.
  const [own, theirs] = [extension, coordinator].map(version => version.split('+', 1)[0]);
  if (own === theirs) return undefined;
  return `The running coordinator is version ${theirs}, this extension ${own}. It goes on working; restart it to use this extension's own.`;
}
