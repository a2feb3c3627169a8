import { writeFileSync } from 'node:fs';
import { dashboardJson } from './dashboard.js';
import { dashboards } from './dashboards/all.js';

/** Writes the committed JSON of every dashboard: `npm run dashboards:write`. */
for (const dashboard of dashboards)
  writeFileSync(
    new URL(`../../monitoring/dashboards/${dashboard.uid}.json`, import.meta.url),
    dashboardJson(dashboard),
  );
