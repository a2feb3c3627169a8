/** SQLSTATEs: 28P01 wrong password, 28000 no such role or not let in from here, 3D000 no such database. */
const REFUSED_SIGN_IN = ['28P01', '28000'];
const NO_SUCH_DATABASE = '3D000';

/**
 * What is wrong with the address of a database, when that is why it refused the connection: never with the password.
 * @returns a line that names variable, user and fix; null when the error is about something else
 */
export function databaseAddressProblem(error: unknown, databaseUrl: string): string | null {
  const { username, host, pathname } = new URL(databaseUrl);
  const database = decodeURIComponent(pathname.slice(1));
  const user = decodeURIComponent(username);
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === NO_SUCH_DATABASE) return `HILUM_DATABASE_URL: there is no database "${database}" at ${host}: create it`;
  if (typeof code === 'string' && REFUSED_SIGN_IN.includes(code))
    return `HILUM_DATABASE_URL: the database at ${host} refuses user "${user}" with the password given (${code}): correct user and password`;
  // pg's own error, before anything is sent
  if (typeof message === 'string' && /client password must be a/.test(message))
    return `HILUM_DATABASE_URL: the database at ${host} asks user "${user}" for a password and none is given: add it`;
  return null;
}
