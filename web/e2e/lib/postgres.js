// Fresh databases on a PostgreSQL server given by its administrator's URL.

import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Makes an empty database; gives its URL and a way to drop it. */
export async function freshDatabase(adminUrl) {
  const name = `hongyan_e2e_${randomBytes(6).toString('hex')}`;
  await run(adminUrl, `CREATE DATABASE ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => run(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function run(url, statement) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
