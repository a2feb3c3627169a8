// The loop's work behind Node's own HTTP server and nothing else, for comparison: no limits, no order of images, no deadline, no
// metrics. It is what somebody would write first, not the least that is possible.
import { createServer } from 'node:http';
import { loadModel, probabilitiesOf } from '@hilum/model';
import { bareWork } from './bare-work.js';

const [release = '', port] = process.argv.slice(2);
const model = await loadModel(release, { intraOpThreads: 1 });
const { labels, positiveLabel } = model.release;
const positive = labels.indexOf(positiveLabel);

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end();
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.once('end', () => {
    const [only] = parts;
    void bareWork(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), model).then((logits) => {
      const body = JSON.stringify({ probability: probabilitiesOf(logits, model.release)[positive] });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
    });
  });
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
