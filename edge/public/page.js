/* global document, requestAnimationFrame, URLSearchParams, EventSource */
/** The live list of studies: loads the newest, then follows the server's events. */

import { closeDetails, openDetails } from './details.js';
import { DECISIONS, percent, remark, tag } from './words.js';

const PAGE_SIZE = 100;
/** What is kept on the page; older studies are found by "Show older". */
const MAX_ROWS = 1_000;
const AGE_INTERVAL_MS = 10_000;
const NEW_FOR_MS = 3_000;

const element = (id) => document.getElementById(id);
const studies = new Map();
const arrivedAt = new Map();
const filter = { decision: '' };
let nextCursor = null;
let events = null;
let isLoading = false;
/** Counts loads, so that the answer to an older one is not shown over a newer. */
let loads = 0;

const timeFormat = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

function age(iso) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000));
  if (seconds < 60) return relativeFormat.format(-seconds, 'second');
  if (seconds < 3_600) return relativeFormat.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return relativeFormat.format(-Math.floor(seconds / 3_600), 'hour');
  return relativeFormat.format(-Math.floor(seconds / 86_400), 'day');
}

function cell(className, text) {
  const td = document.createElement('td');
  td.className = className;
  td.textContent = text;
  return td;
}

function row(study) {
  const tr = document.createElement('tr');
  tr.className = study.decision;
  if (Date.now() - (arrivedAt.get(study.studyId) ?? 0) < NEW_FOR_MS) tr.classList.add('is-new');

  const uploaded = cell('uploaded', '');
  const time = document.createElement('time');
  time.dateTime = study.uploadedAt;
  time.textContent = timeFormat.format(new Date(study.uploadedAt));
  const ago = document.createElement('span');
  ago.className = 'age';
  ago.dataset.since = study.uploadedAt;
  ago.textContent = age(study.uploadedAt);
  uploaded.append(time, ' ', ago);

  const decision = cell('decision', '');
  decision.append(tag(study.decision));

  const images = cell('images number', String(study.imageCount));
  images.dataset.count = String(study.imageCount);
  const id = cell('study', '');
  id.title = study.studyId;
  const open = document.createElement('button');
  open.type = 'button';
  open.className = 'plain';
  open.textContent = study.studyId.slice(0, 8);
  open.setAttribute('aria-label', `Open study ${open.textContent}`);
  open.setAttribute('aria-haspopup', 'dialog');
  open.addEventListener('click', () => openDetails(study, { onSignedOut: showSignedOut }));
  id.append(open);
  tr.append(
    uploaded,
    decision,
    cell('probability number', percent(study.probability)),
    cell(`priority priority-${study.priority}`, study.priority),
    cell('remark', remark(study.reason)),
    images,
    id,
  );
  return tr;
}

const rows = new WeakMap();
/** The same row for as long as the study has not changed. */
function rowOf(study) {
  const known = rows.get(study) ?? row(study);
  rows.set(study, known);
  return known;
}

/** Leaves rows that stay where they are: taken out, they would lose the focus and a click half done. */
function place(body, wanted) {
  const isWanted = new Set(wanted);
  for (const child of [...body.children]) if (!isWanted.has(child)) child.remove();
  let next = body.firstElementChild;
  for (const child of wanted)
    if (child === next) next = next.nextElementSibling;
    else body.insertBefore(child, next);
}

function inOrder() {
  return [...studies.values()]
    .filter((study) => filter.decision === '' || study.decision === filter.decision)
    .sort((a, b) => b.uploadedAt.localeCompare(a.uploadedAt) || b.studyId.localeCompare(a.studyId));
}

function say(text) {
  element('message').textContent = text;
}

let isRenderDue = false;
/** At most once a frame, however many events arrive. */
function render() {
  if (isRenderDue) return;
  isRenderDue = true;
  requestAnimationFrame(() => {
    isRenderDue = false;
    const shown = inOrder();
    for (const { studyId } of shown.splice(MAX_ROWS)) studies.delete(studyId);
    place(element('studies').tBodies[0], shown.map(rowOf));
    element('studies').hidden = shown.length === 0;
    element('more').hidden = nextCursor === null || shown.length >= MAX_ROWS;
    if (shown.length > 0) say('');
    else if (!isLoading)
      say(
        filter.decision === ''
          ? 'No study yet. Scored X-rays appear here by themselves.'
          : 'No study with this decision yet.',
      );
  });
}

function showCounts(counts) {
  element('counts').replaceChildren(
    ...Object.entries(DECISIONS).map(([decision, { words }]) => {
      const item = document.createElement('li');
      item.className = decision;
      const number = document.createElement('strong');
      number.textContent = String(counts[decision] ?? 0);
      item.append(number, words);
      return item;
    }),
  );
}

function take(study) {
  const known = studies.get(study.studyId);
  if (known !== undefined && known.revision >= study.revision) return;
  studies.set(study.studyId, study);
}

async function load(cursor) {
  loads += 1;
  const load = loads;
  isLoading = true;
  if (cursor === null && studies.size === 0) say('Loading …');
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (filter.decision !== '') query.set('decision', filter.decision);
  if (cursor !== null) query.set('cursor', cursor);
  try {
    const response = await fetch(`/api/v1/studies?${query}`);
    if (load !== loads) return;
    if (response.status === 401) return showSignedOut();
    if (!response.ok) throw new Error(String(response.status));
    const page = await response.json();
    if (load !== loads) return;
    page.items.forEach(take);
    nextCursor = page.nextCursor;
    isLoading = false;
    render();
  } catch {
    if (load !== loads) return;
    isLoading = false;
    if (studies.size === 0) say('The list cannot be loaded. It is tried again as soon as the service answers.');
  }
}

function follow() {
  events?.close();
  events = new EventSource('/api/v1/studies/stream');
  const connection = element('connection');
  connection.textContent = 'connecting …';
  let wasInterrupted = false;
  events.addEventListener('open', () => {
    connection.textContent = '● live';
    // what was told while the connection was away is only sure to be in a fresh list
    if (wasInterrupted) void load(null);
    wasInterrupted = false;
  });
  events.addEventListener('study', (event) => {
    const study = JSON.parse(event.data);
    if (!studies.has(study.studyId)) arrivedAt.set(study.studyId, Date.now());
    take(study);
    render();
  });
  events.addEventListener('counts', (event) => showCounts(JSON.parse(event.data)));
  events.addEventListener('reset', () => {
    studies.clear();
    void load(null);
  });
  events.addEventListener('error', () => {
    wasInterrupted = true;
    connection.textContent = '○ connection lost, trying again …';
    // the browser tries again by itself, unless the server refused: then the session may be over
    if (events.readyState === EventSource.CLOSED) setTimeout(() => void start(), 3_000);
  });
}

function showSignedOut() {
  events?.close();
  events = null;
  studies.clear();
  nextCursor = null;
  closeDetails();
  element('studies').tBodies[0].replaceChildren();
  element('connection').textContent = '';
  element('signed-in').hidden = true;
  element('sign-out').hidden = true;
  element('signed-out').hidden = false;
  element('token').focus();
}

function showSignedIn() {
  element('signed-out').hidden = true;
  element('signed-in').hidden = false;
  element('sign-out').hidden = false;
  follow();
  void load(null);
}

async function start() {
  try {
    const response = await fetch('/api/v1/session');
    if (response.ok) showSignedIn();
    else showSignedOut();
  } catch {
    element('connection').textContent = '○ the service does not answer, trying again …';
    setTimeout(() => void start(), 3_000);
  }
}

element('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const error = element('sign-in-error');
  error.textContent = '';
  try {
    const response = await fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: element('token').value }),
    });
    if (response.ok) {
      element('token').value = '';
      showSignedIn();
    } else {
      error.textContent = response.status === 401 ? 'This token is not known here.' : 'The sign-in failed. Try again.';
    }
  } catch {
    error.textContent = 'The service does not answer. Try again.';
  }
});

element('sign-out').addEventListener('click', async () => {
  await fetch('/api/v1/session', { method: 'DELETE' }).catch(() => undefined);
  showSignedOut();
});

element('filter').addEventListener('change', () => {
  filter.decision = element('filter').value;
  nextCursor = null;
  studies.clear();
  void load(null);
});

element('more').addEventListener('click', () => void load(nextCursor));

element('time-zone').textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
showCounts({});
setInterval(() => {
  for (const ago of document.querySelectorAll('.age')) ago.textContent = age(ago.dataset.since);
}, AGE_INTERVAL_MS);

void start();
