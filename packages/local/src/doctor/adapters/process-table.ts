import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Port: what the operating system tells of processes and ports. */
export interface ProcessTable {
  /** whether a signal stopped it (SIGSTOP): it is there and does nothing */
  isFrozen(pid: number): boolean;
  /** Who listens on a port, or null when nobody does. */
  listenerOn(port: number): Listener | null;
  /** Whether only this machine's own addresses are listened on; null when nobody listens. */
  isLoopbackOnly(port: number): boolean | null;
  /** Whether the process was started with this variable set to something; null when that cannot be seen. */
  hasVariable(pid: number, name: string): boolean | null;
}

/** pids of those that hold the listening socket; empty when it is another user's. */
export interface Listener {
  pids: readonly number[];
}

/** From Linux's /proc; null on a system without it. Everything is read once, when first asked. */
export function linuxProcessTable(): ProcessTable | null {
  if (process.platform !== 'linux') return null;
  let holders: Map<string, number[]> | null = null;
  let listeners: Map<number, ListeningSocket[]> | null = null;
  return {
    isFrozen: (pid) => {
      const stat = readOr(`/proc/${pid}/stat`, '');
      // The second field is the command in parentheses and may itself hold spaces and parentheses.
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    },
    listenerOn: (port) => {
      listeners ??= listeningSockets();
      const sockets = listeners.get(port);
      if (sockets === undefined) return null;
      holders ??= socketHolders();
      const held = holders;
      return { pids: [...new Set(sockets.flatMap(({ inode }) => held.get(inode) ?? []))] };
    },
    isLoopbackOnly: (port) => {
      listeners ??= listeningSockets();
      return listeners.get(port)?.every(({ address }) => LOOPBACK.test(address)) ?? null;
    },
    hasVariable: (pid, name) => {
      const environment = readOr(`/proc/${pid}/environ`, null);
      if (environment === null) return null;
      return environment.split('\0').some((entry) => entry.startsWith(`${name}=`) && entry.length > name.length + 1);
    },
  };
}

const LISTENING = '0A';

/** 127.0.0.0/8 and ::1, as the kernel writes them: words of four bytes, each in the machine's order. */
const LOOPBACK = /^(......7F|0{24}01000000|0{16}FFFF0000......7F)$/;

interface ListeningSocket {
  /** hexadecimal, as the kernel writes it */
  address: string;
  inode: string;
}

/** Listening TCP sockets, from lines such as `0: 0100007F:4E20 00000000:0000 0A … inode`. */
export function parseListeningSockets(table: string): (ListeningSocket & { port: number })[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [address = '', portText = ''] = fields[1]?.split(':') ?? [];
      const port = Number.parseInt(portText, 16);
      const inode = fields[9];
      return fields[3] === LISTENING && inode !== undefined && !Number.isNaN(port) ? [{ address, port, inode }] : [];
    });
}

function listeningSockets(): Map<number, ListeningSocket[]> {
  const byPort = new Map<number, ListeningSocket[]>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const { port, ...socket } of parseListeningSockets(readOr(file, '')))
      byPort.set(port, [...(byPort.get(port) ?? []), socket]);
  return byPort;
}

function socketHolders(): Map<string, number[]> {
  const byInode = new Map<string, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    for (const target of openFiles(entry)) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) byInode.set(inode, [...(byInode.get(inode) ?? []), Number(entry)]);
    }
  }
  return byInode;
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    // it ended meanwhile, or belongs to another user
    return [];
  }
}

function readOr<Fallback>(file: string, fallback: Fallback): string | Fallback {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
