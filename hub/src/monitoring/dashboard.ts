/**
 * Grafana dashboards as code: no more of Grafana's model than the four dashboards use. Grafana fills in what is left out.
 */

export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'bytes' | 'none' | 'dateTimeFromNow';

export interface Query {
  expr: string;
  /** with `{{label}}` where a label's value is to stand */
  legend: string;
}

interface PanelBase {
  title: string;
  /** what it shows and what is good, for who reads it at night */
  description: string;
  /** of 24 columns */
  width: number;
  height?: number;
}

export interface GraphPanel extends PanelBase {
  kind: 'graph';
  unit: Unit;
  queries: readonly Query[];
  /** stacked areas instead of lines */
  isStacked?: boolean;
  /** whether values may lie below 0; the axis begins there otherwise */
  isSigned?: boolean;
}

export interface StatPanel extends PanelBase {
  kind: 'stat';
  unit: Unit;
  query: Query;
  /** from this value upwards yellow and red; without it, no colour says that something is wrong */
  thresholds?: { warning: number; critical: number };
}

/** One row a site, one column a query: what each site is at the end of the time shown. */
export interface TablePanel extends PanelBase {
  kind: 'table';
  /** the label whose values are the rows */
  rowLabel: string;
  columns: readonly { title: string; expr: string; unit: Unit }[];
}

export type Panel = GraphPanel | StatPanel | TablePanel;

export interface Variable {
  name: string;
  label: string;
  /** whose values of `labelName` can be chosen */
  metric: string;
  labelName: string;
  isMulti: boolean;
}

export interface Dashboard {
  /** also the file's name and the dashboard's address in Grafana */
  uid: string;
  title: string;
  description: string;
  variables: readonly Variable[];
  rows: readonly { title: string; panels: readonly Panel[] }[];
}

const GRID_WIDTH = 24;
const HEIGHT = 8;
/** Of Grafana 10; newer ones bring it up to theirs when they load it. */
const SCHEMA_VERSION = 39;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/**
 * The dashboard as the JSON that Grafana imports, with the data source to be chosen there.
 * @throws RangeError when a panel is wider than the grid
 */
export function dashboardJson(dashboard: Dashboard): string {
  const { uid, title, description, variables, rows } = dashboard;
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: GRID_WIDTH, h: 1 },
    });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      const { width, height = HEIGHT } = panel;
      if (width > GRID_WIDTH) throw new RangeError(`${panel.title}: width must be at most ${GRID_WIDTH}`);
      if (x + width > GRID_WIDTH) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      panels.push(panelOf(panel, panels.length + 1, { x, y, w: width, h: height }));
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  const model = {
    uid,
    title,
    description,
    tags: ['hilum'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    timezone: 'utc',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    links: [
      { type: 'dashboards', tags: ['hilum'], title: 'Hilum', asDropdown: true, includeVars: true, keepTime: true },
    ],
    templating: { list: [datasourceVariable, ...variables.map(variableOf)] },
    panels,
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}

const datasourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };

function variableOf({ name, label, metric, labelName, isMulti }: Variable): object {
  const query = `label_values(${metric}, ${labelName})`;
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    // with the time range, so that a site that came later is there
    refresh: 2,
    sort: 1,
    multi: isMulti,
    includeAll: isMulti,
    ...(isMulti ? { current: { text: 'All', value: '$__all' } } : {}),
  };
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, description } = panel;
  const base = { id, title, description, gridPos, datasource: DATASOURCE };
  switch (panel.kind) {
    case 'graph':
      return {
        ...base,
        type: 'timeseries',
        targets: panel.queries.map((query, index) => targetOf(query, index)),
        fieldConfig: {
          defaults: {
            unit: panel.unit,
            ...(panel.isSigned === true ? {} : { min: 0 }),
            custom: panel.isStacked === true ? { fillOpacity: 40, stacking: { mode: 'normal' } } : { fillOpacity: 5 },
          },
          overrides: [],
        },
        options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      };
    case 'stat':
      return {
        ...base,
        type: 'stat',
        targets: [targetOf(panel.query, 0)],
        fieldConfig: { defaults: { unit: panel.unit, thresholds: thresholdsOf(panel.thresholds) }, overrides: [] },
        options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'area' },
      };
    case 'table':
      return tableOf(panel, base);
  }
}

function tableOf({ rowLabel, columns }: TablePanel, base: object): object {
  const valueName = (index: number): string => `Value #${refIdOf(index)}`;
  return {
    ...base,
    type: 'table',
    targets: columns.map(({ expr }, index) => ({
      ...targetOf({ expr, legend: '' }, index),
      format: 'table',
      instant: true,
      range: false,
    })),
    transformations: [
      { id: 'joinByField', options: { byField: rowLabel, mode: 'outer' } },
      {
        id: 'filterFieldsByName',
        options: { include: { names: [rowLabel, ...columns.map((_, index) => valueName(index))] } },
      },
      {
        id: 'organize',
        options: { renameByName: Object.fromEntries(columns.map(({ title }, index) => [valueName(index), title])) },
      },
    ],
    fieldConfig: {
      defaults: {},
      overrides: columns.map(({ title, unit }) => ({
        matcher: { id: 'byName', options: title },
        properties: [{ id: 'unit', value: unit }],
      })),
    },
    options: { showHeader: true },
  };
}

function targetOf({ expr, legend }: Query, index: number): object {
  return { refId: refIdOf(index), datasource: DATASOURCE, expr, legendFormat: legend };
}

function thresholdsOf(limits: StatPanel['thresholds']): object {
  const steps: { color: string; value: number | null }[] =
    limits === undefined
      ? [{ color: 'blue', value: null }]
      : [
          { color: 'green', value: null },
          { color: 'yellow', value: limits.warning },
          { color: 'red', value: limits.critical },
        ];
  return { mode: 'absolute', steps };
}

/** A, B, C …: what Grafana calls the queries of a panel. */
function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
