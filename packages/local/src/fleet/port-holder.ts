import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** State of a listening socket in Linux's tables. */
const LISTENING = '0A';

/**
 * Who has bound the TCP port, as far as this user may see it: always for root and for processes of one's own.
 * @returns null when nobody has, or where the system does not tell (it needs Linux's /proc)
 */
export function portHolder(port: number): { pid: number; command: string } | null {
  const tables = ['tcp', 'tcp6'].map((name) => textOf(`/proc/net/${name}`) ?? '');
  const inodes = socketInodesOf(tables, port);
  if (inodes.size === 0) return null;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    const holds = namesIn(`/proc/${pid}/fd`).some((fd) => inodes.has(socketInode(`/proc/${pid}/fd/${fd}`) ?? ''));
    if (holds) return { pid: Number(pid), command: textOf(`/proc/${pid}/comm`)?.trim() ?? 'a process' };
  }
  return null;
}

/**
 * The inodes of the sockets that are bound to the port on this side; those that listen when there are any.
 * @param tables the text of /proc/net/tcp and tcp6
 */
export function socketInodesOf(tables: readonly string[], port: number): Set<string> {
  const bound = tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .map(([, local = '', , state, , , , , , inode = '']) => ({
      port: Number.parseInt(local.split(':')[1] ?? '', 16),
      state,
      inode,
    }))
    // inode 0: the connection is over and only the system still waits for it
    .filter((socket) => socket.port === port && socket.inode !== '0');
  const listening = bound.filter(({ state }) => state === LISTENING);
  return new Set((listening.length > 0 ? listening : bound).map(({ inode }) => inode));
}

function socketInode(path: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Processes come and go while one looks, and others' are closed to us: what cannot be read is left out. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
