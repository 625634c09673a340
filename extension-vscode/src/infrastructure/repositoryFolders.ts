import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Folders that belong to one checkout of a repository, in the window's order. */
export interface RepositoryFolders<Folder> {
  /** Git's directory that all checkouts of the repository share; a folder that is in no repository stands for itself. Never empty. */
  readonly directory: string;
  /** Where the checkout begins, as the first folder spells it. */
  readonly root: string;
  /** The same without links. */
  readonly checkout: string;
  readonly folders: readonly Folder[];
}

/** What is asked of the file system; tests answer instead. */
export interface GitFiles {
  readonly kind: (name: string) => 'file' | 'folder' | undefined;
  readonly read: (file: string) => string;
  /** The name without links. */
  readonly real: (name: string) => string;
}

const disk: GitFiles = {
  kind: name => {
    const found = statSync(name, { throwIfNoEntry: false });
    return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file';
  },
  read: file => readFileSync(file, 'utf8'),
  // The system's own: it also spells drive letters, and names that differ in case alone, in one way.
  real: realpathSync.native,
};

/**
 * Which checkouts the folders of a window are in: several of one repository are apart, because they have branches of their own. Where some are in one, the others are left out; where none is, the first stands
 * for itself, and its server says what is wrong. Looked up in the file system, because starting git would hold up the window.
 */
export function repositoriesOf<Folder>(folders: readonly Folder[], pathOf: (folder: Folder) => string, files: GitFiles = disk): readonly RepositoryFolders<Folder>[] {
  const found = new Map<string, { directory: string; root: string; checkout: string; folders: Folder[] }>();
  for (const folder of folders) {
    const place = findRepository(pathOf(folder), files) ?? findRepository(realOf(pathOf(folder), files), files);
    if (place === undefined) continue;
    const checkout = realOf(place.root, files);
    const known = found.get(checkout);
    if (known === undefined) found.set(checkout, { ...place, checkout, folders: [folder] });
    else known.folders.push(folder);
  }

  const [first] = folders;
  if (found.size > 0 || first === undefined) return [...found.values()];
  return [{ directory: pathOf(first), root: pathOf(first), checkout: realOf(pathOf(first), files), folders: [first] }];
}

/** The checkout around a folder, as the folder is spelled, and git's directory of its repository, without links. */
function findRepository(folder: string, files: GitFiles): { readonly directory: string; readonly root: string } | undefined {
  for (let root = folder; ; root = path.dirname(root)) {
    const directory = directoryOf(path.join(root, '.git'), files);
    if (directory !== undefined) return { directory: realOf(directory, files), root };
    if (root === path.dirname(root)) return undefined;
  }
}

/** A folder that is gone is its own name. */
export function realOf(folder: string, files: Pick<GitFiles, 'real'> = disk): string {
  try {
    return files.real(folder);
  } catch {
    return folder;
  }
}

/** A linked worktree has a file in place of the folder; it names the worktree's own directory, which names the shared one. */
function directoryOf(git: string, files: GitFiles): string | undefined {
  try {
    const kind = files.kind(git);
    if (kind !== 'file') return kind === undefined ? undefined : git;
    const own = /^gitdir: (.+)$/m.exec(files.read(git))?.[1];
    if (own === undefined) return undefined;
    const directory = path.resolve(path.dirname(git), own.trim());
    const shared = path.join(directory, 'commondir');
    return files.kind(shared) === 'file' ? path.resolve(directory, files.read(shared).trim()) : directory;
  } catch {
    // What may not be read is no repository for us either; where there is no other, its server says why.
    return undefined;
  }
}

/** What repositories are called beside each other: by their folders, and where these are alike by as much of the way to them as it takes. */
export function namesOf(roots: readonly string[]): readonly string[] {
  const parts = roots.map(root => root.split(/[\\/]/).filter(part => part !== ''));
  return parts.map((own, index) => {
    for (let count = 1; count <= own.length; count++) {
      const name = own.slice(-count).join('/');
      if (parts.every((other, at) => at === index || other.slice(-count).join('/') !== name)) return name;
    }

    return roots[index] ?? '';
  });
}
