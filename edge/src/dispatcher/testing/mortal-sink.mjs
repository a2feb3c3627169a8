// A sink that dies, as by a native crash, of every record whose body names it; others it takes after a moment.
// Arguments: its port, and what it dies of. An event that asks to give the image up is taken whatever it names.
import { createServer } from 'node:http';

const [port, deadly] = process.argv.slice(2);
const ANSWER_MS = 5;

createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    if (body.includes(deadly) && request.headers['ce-hilumgiveup'] === undefined) process.kill(process.pid, 'SIGKILL');
    const status = body.includes('s3:TestEvent') ? 204 : 200;
    setTimeout(() => response.writeHead(status).end(), ANSWER_MS);
  });
}).listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
