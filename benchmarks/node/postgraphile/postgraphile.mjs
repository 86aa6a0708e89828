// PostGraphile over one database, its schema `peer`: lists instead of connections, nothing that writes, no GraphiQL.
// node postgraphile.mjs <url of the database> <port>; POST /graphql takes what PostGraphile makes of the tables.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [url, port] = process.argv.slice(2);
const poolConfig = { max: 8, options: "-c jit=off" };
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: url, schemas: ["peer"], poolConfig })],
  schema: { defaultBehavior: "-connection -resource:connection +list +resource:list -insert -update -delete" },
  // Where a slow machine plans or answers late, it is to be counted, not refused.
  grafast: { timeouts: { planning: 60_000, execution: 60_000 } },
  grafserv: { graphiql: false },
});
const answer = instance.createServ(grafserv).createHandler();
await instance.getSchema();
const server = createServer((request, response) =>
  answer(request, response, (error) => {
    const status = error ? 500 : request.url === "/health/ready" ? 200 : 404;
    response.writeHead(status).end();
  }),
);
server.listen(Number(port), "127.0.0.1");
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
