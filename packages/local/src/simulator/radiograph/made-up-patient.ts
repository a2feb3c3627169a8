import type { Random } from './random.js';

/** Nobody: every part is drawn from the lists below. Burned into the film and written into S3 keys as modalities do. */
export interface MadeUpPatient {
  givenName: string;
  familyName: string;
  /** the hospital's number for the patient */
  id: string;
  /** ISO 8601 dates */
  birthDate: string;
  studyDate: string;
}

export const GIVEN_NAMES = [
  'Ada',
  'Amir',
  'Bela',
  'Carmen',
  'Chidi',
  'Dagny',
  'Emre',
  'Freya',
  'Goran',
  'Hana',
  'Ines',
  'Jamal',
  'Kaori',
  'Lars',
  'Mina',
  'Nilo',
  'Oksana',
  'Pablo',
  'Quinn',
  'Rosa',
  'Sami',
  'Tove',
  'Uma',
  'Viktor',
  'Wanda',
  'Ximena',
  'Yusuf',
  'Zola',
] as const;

export const FAMILY_NAMES = [
  'Ashgrove',
  'Bellweather',
  'Coldwater',
  'Dunmarsh',
  'Eastlake',
  'Fernhollow',
  'Greyfield',
  'Hartwell',
  'Ivorsen',
  'Juniper',
  'Kestrel',
  'Larkspur',
  'Mossbank',
  'Northgate',
  'Oakhurst',
  'Pinecrest',
  'Quillon',
  'Ravenswood',
  'Silverton',
  'Thornbury',
  'Underhill',
  'Vantongeren',
  'Westerby',
  'Yarrow',
] as const;

export function madeUpPatient(random: Random): MadeUpPatient {
  const birthYear = random.whole(1934, 2021);
  return {
    givenName: random.pick(GIVEN_NAMES),
    familyName: random.pick(FAMILY_NAMES),
    id: String(random.whole(100_000, 999_999)),
    birthDate: dateIn(birthYear, random),
    studyDate: dateIn(random.whole(Math.max(2012, birthYear + 1), 2025), random),
  };
}

function dateIn(year: number, random: Random): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}-${two(random.whole(1, 12))}-${two(random.whole(1, 28))}`;
}
