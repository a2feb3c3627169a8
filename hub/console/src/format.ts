/** Midnight in the viewer's time zone. */
export function startOfToday(): Date {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  return today;
}

/** Such as `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function formatAge(time: string, now: number): string {
  return formatDuration((now - Date.parse(time)) / 1000);
}

export function formatLatency(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** In per cent, as a hospital's own list shows it: no score is certain, so none is rounded to 0 or 100. */
export function formatProbability(probability: number | null): string {
  if (probability === null) return '–';
  if (probability > 0.999) return '> 99.9 %';
  if (probability < 0.001) return '< 0.1 %';
  return `${(probability * 100).toFixed(1)} %`;
}

export function formatCount(count: number | null): string {
  return count === null ? '–' : count.toLocaleString();
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** In the viewer's zone; with the date when it is not today. */
export function formatTime(time: string): string {
  const date = new Date(time);
  return date >= startOfToday() ? clock.format(date) : dayAndClock.format(date);
}

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** The whole of a moment: day, second and time zone of the viewer, and UTC, as logs have it. */
export function formatMoment(time: string): string {
  return `${whole.format(new Date(time))} (${new Date(time).toISOString().slice(0, 19)}Z)`;
}

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
