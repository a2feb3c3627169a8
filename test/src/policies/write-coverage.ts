import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/repository.js';
import { COVERAGE_PAGE, coveragePage } from './coverage-page.js';

/** Writes the committed page: `npm run coverage:write`. */
writeFileSync(join(repositoryRoot, COVERAGE_PAGE), coveragePage());
