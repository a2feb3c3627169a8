export { startTestPostgres } from './start-test-postgres.js';
