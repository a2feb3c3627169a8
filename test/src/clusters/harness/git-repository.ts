import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A git repository in a folder, read by Argo CD through its file:// address; its branch is `main`. */
export class GitRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string): Promise<GitRepository> {
    mkdirSync(folder, { recursive: true });
    const repository = new GitRepository(folder);
    await repository.#git('init', '--quiet', '--initial-branch=main');
    // who pushes from a clone finds it as after a commit here
    await repository.#git('config', 'receive.denyCurrentBranch', 'updateInstead');
    return repository;
  }

  get url(): string {
    return pathToFileURL(this.folder).href;
  }

  /** @param files content by path; null removes one. @returns the commit */
  async commit(message: string, files: Record<string, string | null>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.folder, path);
      if (content === null) rmSync(file, { force: true });
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
    }
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', '--message', message);
    return this.#git('rev-parse', 'HEAD');
  }

  /** The newest commit; empty before the first. */
  async head(): Promise<string> {
    return this.#git('rev-parse', '--quiet', '--verify', 'HEAD').catch(() => '');
  }

  /** A clone as a person has one, to work in and push from. */
  async clone(folder: string): Promise<void> {
    await this.#git('clone', '--quiet', this.folder, folder);
  }

  /** Without the settings of whoever runs the tests, nor the repository that a hook of theirs may name. */
  async #git(...args: string[]): Promise<string> {
    const who = ['-c', 'user.name=Hilum', '-c', 'user.email=clusters@hilum.example'];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    const { stdout } = await run('git', [...who, ...args], {
      cwd: this.folder,
      env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
    return stdout.trim();
  }
}
