import type { Browser, BrowserContext } from 'playwright-core';

/** A page of the console, and what must be on it before it is of use. */
export interface Screen {
  name: string;
  path: string;
  /** a selector of the first thing that answers a question */
  meaningful: string;
}

export interface Painted {
  /** from the navigation's start until the frame with what is meaningful was drawn */
  ms: number;
  /** what came over the line until then */
  transferredKiB: number;
}

const DEADLINE_MS = 60_000;

/** A browser that has never been here, signed in. */
export async function signedIn(browser: Browser, url: string, token: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const answer = await context.request.post(`${url}/api/v1/session`, { data: { token } });
  if (!answer.ok()) throw new Error(`sign-in was answered ${answer.status()}`);
  return context;
}

/** Opens a screen in a browser with nothing in its cache. */
export async function paint(browser: Browser, url: string, token: string, screen: Screen): Promise<Painted> {
  const context = await signedIn(browser, url, token);
  try {
    const page = await context.newPage();
    await page.addInitScript(`window.hilumPainted = new Promise((resolve, reject) => {
      const look = () => {
        if (performance.now() > ${DEADLINE_MS}) reject(new Error('nothing to be seen within ${DEADLINE_MS} ms'));
        else if (document.querySelector(${JSON.stringify(screen.meaningful)}) === null) requestAnimationFrame(look);
        else {
          // a message that is sent by a frame's callback is handled once that frame has been drawn
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now());
          port2.postMessage(null);
        }
      };
      requestAnimationFrame(look);
    })`);
    let bytes = 0;
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(`${url}${screen.path}`, { waitUntil: 'commit' });
    const ms = await page.evaluate<number>('window.hilumPainted');
    return { ms, transferredKiB: bytes / 1024 };
  } finally {
    await context.close();
  }
}

export interface LiveCost {
  seconds: number;
  /** share of one processor that the page's own thread was busy */
  busy: number;
  /** the longest that it was busy at a stretch, milliseconds */
  longestTaskMs: number;
  siteEvents: number;
}

/** What it costs a browser to keep a screen up to date. */
export async function measureLive(
  browser: Browser,
  url: string,
  token: string,
  screen: Screen,
  seconds: number,
): Promise<LiveCost> {
  const context = await signedIn(browser, url, token);
  try {
    const page = await context.newPage();
    await page.addInitScript(`(() => {
      window.hilumEvents = 0;
      const Source = window.EventSource;
      window.EventSource = class extends Source {
        constructor(...args) { super(...args); this.addEventListener('site', () => { window.hilumEvents += 1; }); }
      };
    })()`);
    await page.goto(`${url}${screen.path}`);
    await page.waitForSelector(screen.meaningful, { timeout: DEADLINE_MS });
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    const taskSeconds = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
    };
    const before = await taskSeconds();
    const longestTaskMs = await page.evaluate<number>(`new Promise((resolve) => {
      let longest = 0;
      window.hilumEvents = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: 'longtask' });
      setTimeout(() => resolve(longest), ${seconds * 1000});
    })`);
    const busy = ((await taskSeconds()) - before) / seconds;
    return { seconds, busy, longestTaskMs, siteEvents: await page.evaluate<number>('window.hilumEvents') };
  } finally {
    await context.close();
  }
}
