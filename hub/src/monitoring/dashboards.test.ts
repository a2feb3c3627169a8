import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboardJson, type Dashboard } from './dashboard.js';
import { dashboards } from './dashboards/all.js';
import { dashboardFiles } from './testing/monitoring-files.js';

interface PlacedPanel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
}

const panelsOf = (dashboard: Dashboard): PlacedPanel[] =>
  (JSON.parse(dashboardJson(dashboard)) as { panels: PlacedPanel[] }).panels;

describe('the dashboards', () => {
  it('are committed as they are made: npm run dashboards:write', () => {
    expect(dashboardFiles.map((path) => basename(path))).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
    for (const dashboard of dashboards) {
      const path = dashboardFiles.find((one) => basename(one) === `${dashboard.uid}.json`) ?? '';
      expect(readFileSync(path, 'utf8'), dashboard.uid).toBe(dashboardJson(dashboard));
    }
  });

  it.each(dashboards)(
    '$uid has panels that neither overlap nor lie beside the grid, each with its own id',
    (dashboard) => {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of panelsOf(dashboard)) {
        expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken.get(`${x}/${y}`), title).toBeUndefined();
            taken.set(`${x}/${y}`, title);
          }
      }
      const ids = panelsOf(dashboard).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  it.each(dashboards)('$uid uses every variable that it lets choose, and no other', (dashboard) => {
    const exprs = dashboard.rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => {
        if (panel.kind === 'graph') return panel.queries.map(({ expr }) => expr);
        return panel.kind === 'stat' ? [panel.query.expr] : panel.columns.map(({ expr }) => expr);
      }),
    );
    const used = new Set(exprs.flatMap((expr) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)));
    used.delete('__rate_interval');
    expect([...used].sort()).toEqual(dashboard.variables.map(({ name }) => name).sort());
  });

  it('are refused when a panel is wider than the grid', () => {
    const [panel] = dashboards.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels));
    if (panel === undefined) throw new Error('no panel');
    const wide = { title: 'x', panels: [{ ...panel, title: 'too wide', width: 25 }] };
    const dashboard = { uid: 'x', title: 'x', description: 'x', variables: [], rows: [wide] };
    expect(() => dashboardJson(dashboard)).toThrow('too wide: width must be at most 24');
  });
});
