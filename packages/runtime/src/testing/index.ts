export { startTestPostgres } from './start-test-postgres.js';
export { startTestIssuer, type TestIssuer } from './start-test-issuer.js';
export { FakeObjectStore } from '../s3/fake-object-store.js';
export { FakePublisher } from '../kafka/fake-publisher.js';
export { programPath } from './program-path.js';
