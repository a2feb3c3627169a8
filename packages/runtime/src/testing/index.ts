export { startTestPostgres } from './start-test-postgres.js';
export { FakeObjectStore } from '../s3/fake-object-store.js';
export { FakePublisher } from '../kafka/fake-publisher.js';
