/** What is used of dcmjs, which brings no types of its own. */
declare module 'dcmjs' {
  /** A data set by keyword; a value of several is a list, a sequence a list of data sets. */
  export type NaturalDataset = Record<string, unknown>;

  interface DicomDict {
    /** Group 2, by tag. */
    meta: Record<string, unknown>;
    dict: Record<string, unknown>;
    /** A Part 10 file. */
    write(): ArrayBuffer;
  }

  const dcmjs: {
    data: {
      /** `_meta` is needed but replaced, `_vrMap` tells the representation of keywords that have several. */
      datasetToDict(dataset: NaturalDataset): DicomDict;
      DicomMessage: { readFile(buffer: ArrayBuffer): DicomDict };
      DicomMetaDictionary: { naturalizeDataset(this: void, dataset: Record<string, unknown>): NaturalDataset };
    };
  };
  export default dcmjs;
}
