/* global document */
/** What a study's numbers and codes are called on the page. */

export const DECISIONS = {
  'pneumonia-suspected': { sign: '▲', words: 'Pneumonia suspected' },
  review: { sign: '◆', words: 'Review' },
  unreadable: { sign: '✕', words: 'Unreadable' },
  normal: { sign: '●', words: 'Normal' },
};

const REASONS = {
  empty: 'The file is empty',
  'too-large': 'The file is too large',
  'too-many-pixels': 'The image has too many pixels',
  'unsupported-format': 'Not an image format that can be read',
  corrupt: 'The file is damaged',
  'decode-timeout': 'Reading the file took too long',
  'too-small': 'The image is too small',
  'no-contrast': 'The image shows nothing',
  'not-chest': 'Not a chest X-ray',
  'scoring-failed': 'It could not be scored: a person must look',
  uncertain: 'The score is not clear: a person must look',
  rotated: 'The image is turned: a person must look',
  'over-exposed': 'Too much is burnt out to white: a person must look',
  'under-exposed': 'Too much is sunk to black: a person must look',
};

/** Never rounded to certainty: no score is. */
export function percent(probability) {
  if (probability === null) return '–';
  if (probability > 0.999) return '> 99.9 %';
  if (probability < 0.001) return '< 0.1 %';
  return `${(probability * 100).toFixed(1)} %`;
}

export function tag(decision) {
  const { sign, words } = DECISIONS[decision];
  const span = document.createElement('span');
  span.className = 'tag';
  const mark = document.createElement('span');
  mark.setAttribute('aria-hidden', 'true');
  mark.textContent = `${sign} `;
  span.append(mark, words);
  return span;
}

/** Why, in words; empty without a reason. */
export function remark(reason) {
  return reason === null ? '' : (REASONS[reason] ?? reason);
}
