import { createHash } from 'node:crypto';
import dcmjs from 'dcmjs';
import type { Finding } from './generator.js';
import type { MadeUpPatient } from './made-up-patient.js';

/**
 * Who writes such files, as every file must say: of a UUID made once for Hilum, e943ef9e-65a1-48e9-97dd-5dab05bec253.
 * The library's own has 59 digits, and a UUID has 39 at most (DICOM PS3.5, B.2).
 */
const IMPLEMENTATION = { classUid: '2.25.310062866952805149209030200158188388947', versionName: 'HILUM' };

const CR_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.1';
/** Height of a patient's chest on the detector in millimetres, of which the size of a pixel follows. */
const DETECTOR_HEIGHT = 240;

export interface DicomImage {
  /** grey values 0..4095, row by row, bone white */
  pixels: Uint16Array;
  width: number;
  height: number;
  patient: MadeUpPatient;
  /** tells the UIDs of one image from those of another, together with the finding, which is not written anywhere else */
  seed: number;
  finding: Finding;
}

/**
 * A DICOM file as a computed-radiography reader would send it: CR Image Storage, 12 bits in 16, MONOCHROME2, explicit VR
 * little endian. The same image gives the same bytes.
 */
export function dicomFile(image: DicomImage): Buffer {
  const { patient, pixels } = image;
  const spacing = (DETECTOR_HEIGHT / image.height).toFixed(4);
  const file = dcmjs.data.datasetToDict({
    // group 2 is the library's, from the two UIDs below; explicit VR little endian is its default
    _meta: {},
    _vrMap: { PixelData: 'OW' },
    SpecificCharacterSet: 'ISO_IR 192',
    ImageType: ['ORIGINAL', 'PRIMARY'],
    SOPClassUID: CR_IMAGE_STORAGE,
    SOPInstanceUID: uidOf(image, 'instance'),
    StudyDate: dicomDate(patient.studyDate),
    StudyTime: timeOf(image),
    AccessionNumber: `A${patient.id}`,
    Modality: 'CR',
    ConversionType: 'SYN',
    Manufacturer: 'Hilum',
    ManufacturerModelName: 'Drawn radiograph',
    InstitutionName: 'Hospital of nobody',
    ReferringPhysicianName: '',
    StudyDescription: 'Chest',
    PatientName: `${patient.familyName}^${patient.givenName}`,
    PatientID: patient.id,
    PatientBirthDate: dicomDate(patient.birthDate),
    PatientSex: 'O',
    BodyPartExamined: 'CHEST',
    ViewPosition: 'PA',
    StudyInstanceUID: uidOf(image, 'study'),
    SeriesInstanceUID: uidOf(image, 'series'),
    StudyID: patient.id,
    SeriesNumber: 1,
    InstanceNumber: 1,
    PatientOrientation: ['L', 'F'],
    BurnedInAnnotation: 'YES',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: image.height,
    Columns: image.width,
    ImagerPixelSpacing: [spacing, spacing],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    WindowCenter: 2048,
    WindowWidth: 4096,
    PixelData: [pixels.buffer.slice(pixels.byteOffset, pixels.byteOffset + pixels.byteLength)],
  });
  // only now: what is given in _meta is replaced
  file.meta['00020012'] = { vr: 'UI', Value: [IMPLEMENTATION.classUid] };
  file.meta['00020013'] = { vr: 'SH', Value: [IMPLEMENTATION.versionName] };
  return Buffer.from(file.write());
}

/** A UID of a UUID (DICOM PS3.5, B.2), here of version 8: of a text's digest, so that it is the same every time. */
function uidOf({ seed, finding }: DicomImage, level: 'study' | 'series' | 'instance'): string {
  const bytes = createHash('sha256').update(`hilum drawn ${level} ${seed} ${finding}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}

function timeOf({ patient }: DicomImage): string {
  const minutes = Number(patient.id) % (24 * 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}${two(minutes % 60)}00`;
}

function dicomDate(iso: string): string {
  return iso.replaceAll('-', '');
}
