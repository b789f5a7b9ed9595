/** The names under which a server on this machine may be addressed. */

/** Those of a port on loopback: anything else is another site's name pointed at us. */
export function allowedHosts(port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost'];
  return new Set(port === 80 ? names.flatMap((name) => [name, `${name}:80`]) : names.map((name) => `${name}:${port}`));
}
