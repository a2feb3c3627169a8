export * from './core.js';
export { connectKafka, type KafkaConfig } from './kafka/kafka-connection.js';
export { S3ObjectStore, type S3Config } from './s3/s3-object-store.js';
export { derivedKey, isLoopback, type OidcConfig, type RoleMapping } from './oidc/oidc-config.js';
export { OidcIssuer } from './oidc/oidc-issuer.js';
export { JwtVerifier } from './oidc/jwt-verifier.js';
export { OIDC_CALLBACK_PATH, OidcSignIn, SIGN_IN_FAILURES, type SignInFailure } from './oidc/oidc-sign-in.js';
export {
  createDatabase,
  isDatabaseAway,
  isNotStorable,
  type Database,
  type Queryable,
  type Row,
} from './postgres/database.js';
export { migrate, migrateWhenReachable, type MigrateOptions } from './postgres/migrate.js';
