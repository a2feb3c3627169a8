import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.js';
import { repositoryDir } from './paths.js';

describe('a command that is told to the user', () => {
  it('is one that npx finds, and names the data folder unless it is the default', () => {
    expect(commandLine({ dataDir: '/data' }, 'up')).toBe('npx hilum up --data /data');
    expect(commandLine({ dataDir: join(repositoryDir, '.hilum/data') }, 'up')).toBe('npx hilum up');
  });

  it.each(['/my data', "/o'hara's $HOME", '/tmp/x;ls', '/röntgen'])(
    'names %s as a shell takes it for one word',
    (dataDir) => {
      const words = commandLine({ dataDir }, 'up').replace('npx hilum', String.raw`printf '%s\n'`);

      expect(execFileSync('sh', ['-c', words], { encoding: 'utf8' })).toBe(`up\n--data\n${dataDir}\n`);
    },
  );
});
