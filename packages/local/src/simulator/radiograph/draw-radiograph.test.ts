import dcmjs from 'dcmjs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawDicom, drawRadiograph, type Finding, type Radiograph } from './draw-radiograph.js';
import { FAMILY_NAMES, GIVEN_NAMES } from './made-up-patient.js';

interface Pixels {
  data: Buffer;
  width: number;
  height: number;
}

async function pixelsOf(radiograph: Radiograph): Promise<Pixels> {
  const { data, info } = await sharp(radiograph.jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Mean grey of a box given in shares of width and height. */
function mean({ data, width, height }: Pixels, box: { x: [number, number]; y: [number, number] }): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(box.y[0] * height); y < box.y[1] * height; y += 1)
    for (let x = Math.floor(box.x[0] * width); x < box.x[1] * width; x += 1) {
      sum += data[y * width + x] ?? 0;
      count += 1;
    }
  return sum / count;
}

const draw = (seed: number, finding: Finding): Promise<Radiograph> => drawRadiograph({ seed, finding });

describe('a drawn radiograph', () => {
  let normal: Radiograph;
  let pneumonia: Radiograph;

  beforeAll(async () => {
    normal = await draw(12, 'normal');
    pneumonia = await draw(12, 'pneumonia');
  });

  it('is the same, byte for byte, for the same seed and finding', async () => {
    const again = await draw(12, 'normal');

    expect(again.jpeg.equals(normal.jpeg)).toBe(true);
    expect(again.patient).toEqual(normal.patient);
  });

  it('differs, patient and all, for another seed', async () => {
    const other = await draw(13, 'normal');

    expect(other.jpeg.equals(normal.jpeg)).toBe(false);
    expect(other.patient.id).not.toBe(normal.patient.id);
  });

  it('is a grey 8-bit JPEG of the size it says, between 1000 and 1500 wide and never upright', async () => {
    for (let seed = 100; seed < 106; seed += 1) {
      const radiograph = await draw(seed, seed % 2 === 0 ? 'normal' : 'pneumonia');
      const metadata = await sharp(radiograph.jpeg).metadata();

      expect(metadata).toMatchObject({ format: 'jpeg', channels: 1, space: 'b-w', depth: 'uchar' });
      expect([metadata.width, metadata.height]).toEqual([radiograph.width, radiograph.height]);
      expect(radiograph.width).toBeGreaterThanOrEqual(1000);
      expect(radiograph.width).toBeLessThanOrEqual(1500);
      expect(radiograph.height).toBeLessThan(radiograph.width);
      expect(radiograph.height).toBeGreaterThan(radiograph.width * 0.7);
    }
  });

  it('shows dark lungs on both sides of a bright midline', async () => {
    for (const seed of [12, 40, 41, 42]) {
      const pixels = await pixelsOf(await draw(seed, 'normal'));
      const lungs = [
        mean(pixels, { x: [0.26, 0.36], y: [0.35, 0.5] }),
        mean(pixels, { x: [0.64, 0.74], y: [0.35, 0.5] }),
      ];
      const midline = mean(pixels, { x: [0.47, 0.53], y: [0.5, 0.7] });

      for (const lung of lungs) {
        expect(lung).toBeGreaterThan(15);
        expect(lung).toBeLessThan(midline - 30);
      }
    }
  });

  it('has the name and the frame of the seed whatever the finding, and other lungs', () => {
    expect(pneumonia.patient).toEqual(normal.patient);
    expect([pneumonia.width, pneumonia.height]).toEqual([normal.width, normal.height]);
    expect(pneumonia.jpeg.equals(normal.jpeg)).toBe(false);
  });

  it('differs from every other of its finding by more than noise does', async () => {
    const small = (radiograph: Radiograph): Promise<Buffer> =>
      sharp(radiograph.jpeg).resize(32, 32, { fit: 'fill' }).greyscale().raw().toBuffer();
    const drawn: Buffer[] = [];
    for (let seed = 60; seed < 68; seed += 1) drawn.push(await small(await draw(seed, 'normal')));
    const distances = drawn.flatMap((one, index) =>
      drawn.slice(index + 1).map((other) => one.reduce((sum, grey, at) => sum + Math.abs(grey - (other[at] ?? 0)), 0)),
    );

    expect(Math.min(...distances) / (32 * 32)).toBeGreaterThan(4);
  });

  it('carries an identity made only of the lists in the code', () => {
    for (const { patient } of [normal, pneumonia]) {
      expect(GIVEN_NAMES).toContain(patient.givenName);
      expect(FAMILY_NAMES).toContain(patient.familyName);
      expect(patient.id).toMatch(/^\d{6}$/);
      expect(patient.birthDate < patient.studyDate).toBe(true);
    }
  });
});

describe('a drawn radiograph as DICOM', () => {
  const read = (file: Buffer) => {
    const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
    const { meta, dict } = dcmjs.data.DicomMessage.readFile(bytes);
    const { naturalizeDataset } = dcmjs.data.DicomMetaDictionary;
    return { meta: naturalizeDataset(meta), dataset: naturalizeDataset(dict) };
  };

  it('is an uncompressed CR image of the made-up patient, read back by another’s reader', async () => {
    const { dicom, patient, width, height } = await drawDicom({ seed: 12, finding: 'pneumonia' });
    const { meta, dataset } = read(dicom);

    expect(dicom.subarray(128, 132).toString('latin1')).toBe('DICM');
    expect(meta).toMatchObject({ TransferSyntaxUID: '1.2.840.10008.1.2.1' });
    expect(dataset).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      Modality: 'CR',
      PhotometricInterpretation: 'MONOCHROME2',
      BitsAllocated: 16,
      BitsStored: 12,
      Rows: height,
      Columns: width,
      PatientID: patient.id,
      PatientBirthDate: patient.birthDate.replaceAll('-', ''),
      StudyDate: patient.studyDate.replaceAll('-', ''),
    });
    expect(JSON.stringify(dataset['PatientName'])).toContain(`${patient.familyName}^${patient.givenName}`);
    for (const level of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'])
      expect(dataset[level]).toMatch(/^2\.25\.[1-9]\d{10,38}$/);
    expect(meta['MediaStorageSOPInstanceUID']).toBe(dataset['SOPInstanceUID']);
  });

  it('says who wrote it, by a UID that a UUID can be', async () => {
    const { meta } = read((await drawDicom({ seed: 12, finding: 'normal' })).dicom);
    const uid = String(meta['ImplementationClassUID']);

    expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    expect(BigInt(uid.slice('2.25.'.length)) < 2n ** 128n).toBe(true);
    expect(uid.length).toBeLessThanOrEqual(64);
    expect(meta['ImplementationVersionName']).toBe('HILUM');
  });

  it('says nothing of the finding it was made for', async () => {
    const { dicom } = await drawDicom({ seed: 12, finding: 'pneumonia' });

    expect(dicom.subarray(0, 2000).toString('latin1')).not.toMatch(/pneumonia/i);
  });

  it('holds the pixels of the JPEG of the same seed, finer', async () => {
    const { dicom, width, height } = await drawDicom({ seed: 13, finding: 'normal' });
    const { dataset } = read(dicom);
    const [data] = dataset['PixelData'] as [ArrayBuffer];
    const fine = new Uint16Array(data, 0, width * height);
    const jpeg = await pixelsOf(await draw(13, 'normal'));
    let difference = 0;
    for (let i = 0; i < fine.length; i += 1)
      difference += Math.abs((fine[i] as number) / 16.06 - (jpeg.data[i] as number));

    expect(fine.every((grey) => grey <= 4095)).toBe(true);
    expect(difference / fine.length).toBeLessThan(3);
  });

  it('is the same, byte for byte, for the same wish, and another instance for another finding', async () => {
    const [first, again, other] = [
      await drawDicom({ seed: 14, finding: 'normal' }),
      await drawDicom({ seed: 14, finding: 'normal' }),
      await drawDicom({ seed: 14, finding: 'pneumonia' }),
    ];

    expect(first.dicom.equals(again.dicom)).toBe(true);
    expect(read(first.dicom).dataset['SOPInstanceUID']).not.toBe(read(other.dicom).dataset['SOPInstanceUID']);
  });
});
