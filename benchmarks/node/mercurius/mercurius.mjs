// Mercurius with its JIT, in good style: a loader for each department, which reads with the floor's own statement.
// node mercurius.mjs <spec.json> <schema.graphql> <port>; POST /<workload> takes the same GraphQL as the gateway.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { buildSchema } from "graphql";
import mercurius from "mercurius";
import pg from "pg";

const [specPath, schemaPath, port] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(specPath, "utf8"));
const schema = readFileSync(schemaPath, "utf8");
const sections = buildSchema(schema).getType("Person").getFields();
const pools = new Map();

function pool(url) {
  if (!pools.has(url)) pools.set(url, new pg.Pool({ connectionString: url, max: 8, options: "-c jit=off" }));
  return pools.get(url);
}

/** Both forms of an id number (GB 11643): old rows hold 15 digits. */
function forms(number) {
  return number.slice(6, 8) === "19" ? [number, number.slice(0, 6) + number.slice(8, 17)] : [number];
}

function loader(department, name) {
  return async (queries) => {
    const whose = new Map(queries.flatMap(({ obj }) => forms(obj.idNumber).map((form) => [form, obj.idNumber])));
    const asked = { name, text: department.statement, values: [[...whose.keys()]], rowMode: "array" };
    const { rows } = await pool(department.url).query(asked);
    const found = new Map(queries.map(({ obj }) => [obj.idNumber, empty(department.section)]));
    department.records.forEach((record, place) => {
      for (const [key, ...values] of JSON.parse(rows[0][place] ?? "[]")) {
        const lists = found.get(whose.get(key));
        const row = Object.fromEntries(record.names.map((item, at) => [item, values[at]]));
        if (record.many) lists[record.list].push(row);
        else lists[record.list] ??= row;
      }
    });
    return queries.map(({ obj }) => found.get(obj.idNumber));
  };
}

/** What is not read: no row of it. */
function empty(section) {
  const lists = Object.values(sections[section].type.ofType.getFields());
  return Object.fromEntries(lists.map(({ name, type }) => [name, String(type).startsWith("[") ? [] : null]));
}

const resolvers = {
  Query: {
    person: (_, { idNumber }) => ({ idNumber }),
    persons: (_, { asks }) => asks,
  },
};

const app = Fastify();
app.get("/health/ready", async () => "");
for (const [workload, departments] of Object.entries(spec)) {
  app.register(async (own) => {
    const loaders = {};
    for (const section of Object.keys(sections)) {
      const department = departments.find((each) => each.section === section);
      if (department) loaders[section] = loader(department, `${workload}-${section}`);
      else if (section !== "idNumber") loaders[section] = async (queries) => queries.map(() => empty(section));
    }
    own.register(mercurius, {
      schema,
      resolvers,
      loaders: { Person: loaders },
      jit: 1,
      path: `/${workload}`,
    });
  });
}
await app.listen({ port: Number(port), host: "127.0.0.1" });
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
