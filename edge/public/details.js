/* global document */
/** One study, in a dialog over the list: what was decided, and where the network looked. */

import { DECISIONS, percent, remark, tag } from './words.js';

const element = (id) => document.getElementById(id);
const dialog = element('details');
/** Counts openings, so that the answer for an older one is not shown in a newer. */
let openings = 0;

function say(text) {
  element('details-message').textContent = text;
}

function showFacts(facts) {
  element('details-facts').replaceChildren(
    ...facts.flatMap(([term, ...description]) => {
      const dt = document.createElement('dt');
      dt.textContent = term;
      const dd = document.createElement('dd');
      dd.append(...description);
      return [dt, dd];
    }),
  );
}

function factsOf(study) {
  const decision = document.createElement('span');
  decision.className = study.decision;
  decision.append(tag(study.decision));
  return [
    ['Decision', decision],
    ['Probability', percent(study.probability)],
    ...(study.reason === null ? [] : [['Remark', remark(study.reason)]]),
    ['Priority', study.priority],
  ];
}

function note(text) {
  const p = document.createElement('p');
  p.className = 'message';
  p.textContent = text;
  return p;
}

/** Of its latest result, whose heat map it is. */
function pictureOf({ studyId, images: { length } }, { imageId, results: [latest] }, index) {
  const name = length === 1 ? 'The image' : `Image ${index + 1} of ${length}`;
  if (latest === undefined || latest.heatMapKey === null) return note(`${name} has no heat map.`);
  const figure = document.createElement('figure');
  const picture = document.createElement('img');
  picture.alt = `${name} with its heat map`;
  picture.addEventListener('error', () => figure.replaceWith(note(`${name}: the heat map cannot be loaded.`)));
  // the session's cookie goes with it, and the answer is kept nowhere
  picture.src = `/api/v1/studies/${encodeURIComponent(studyId)}/images/${encodeURIComponent(imageId)}/heatmap`;
  const caption = document.createElement('figcaption');
  // one image's decision is the study's, which is above
  const decision = length === 1 ? '' : ` (${DECISIONS[latest.decision].words}, ${percent(latest.probability)})`;
  caption.textContent = `${name}${decision} is coloured where it spoke for pneumonia to the network, the brighter the more, and grey elsewhere.`;
  figure.append(picture, caption);
  return figure;
}

function showImages(study) {
  const models = new Set(
    study.images.flatMap(({ results: [latest] }) => (latest ? [`${latest.model.name} ${latest.model.version}`] : [])),
  );
  showFacts([...factsOf(study), ['Model', [...models].join(', ')]]);
  element('details-images').replaceChildren(...study.images.map((image, index) => pictureOf(study, image, index)));
  say('');
}

/** Shows what the list knows at once, and the rest when it has come. */
export async function openDetails(study, { onSignedOut }) {
  openings += 1;
  const opening = openings;
  element('details-title').textContent = `Study ${study.studyId.slice(0, 8)}`;
  showFacts(factsOf(study));
  element('details-images').replaceChildren();
  say('Loading …');
  dialog.showModal();
  try {
    const response = await fetch(`/api/v1/studies/${encodeURIComponent(study.studyId)}`);
    if (opening !== openings) return;
    if (response.status === 401) return onSignedOut();
    if (response.status === 403) return say('Images and heat maps are for the role staff: they are the patient’s.');
    if (!response.ok) throw new Error(String(response.status));
    const details = await response.json();
    if (opening === openings) showImages(details);
  } catch {
    if (opening === openings) say('The images of this study cannot be loaded. Close, and try again.');
  }
}

export function closeDetails() {
  dialog.close();
}

element('details-close').addEventListener('click', closeDetails);
// however it was closed: no patient's image stays behind
dialog.addEventListener('close', () => {
  openings += 1;
  element('details-facts').replaceChildren();
  element('details-images').replaceChildren();
});
