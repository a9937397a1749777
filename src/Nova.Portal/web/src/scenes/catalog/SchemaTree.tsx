import classes from './Catalog.module.css';

/** As much of JSON Schema as event types are described with. */
interface Schema {
  type?: string | string[]; description?: string; format?: string; enum?: unknown[]; const?: unknown; properties?: Record<string, Schema>; required?: string[];
  items?: Schema; anyOf?: Schema[]; oneOf?: Schema[]; additionalProperties?: boolean | Schema; minimum?: number; maximum?: number; minLength?: number; maxLength?: number; pattern?: string;
}

/** What the data of an event may be: every member with its type and what it means. Members of members open by mouse and keyboard. */
export function SchemaTree({ schema, depth = 0 }: { schema: Schema; depth?: number }) {
  const members = Object.entries(membersOf(schema));
  if (members.length === 0) return <p className={classes.about}>{depth === 0 ? 'Whatever JSON is: nothing is prescribed.' : 'Anything.'}</p>;
  return (
    <ul className={classes.members}>
      {members.map(([name, member]) => <Member key={name} name={name} schema={member} required={requiredOf(schema).includes(name)} depth={depth} />)}
    </ul>
  );
}

function Member({ name, schema, required, depth }: { name: string; schema: Schema; required: boolean; depth: number }) {
  const inner = Object.keys(membersOf(schema)).length;
  const head = (
    <>
      <span className={classes.line}>
        <span className={classes.name}>{name}</span>
        <span className={classes.type}>{typeOf(schema)}</span>
        {!required && <span className={classes.note}>may be absent</span>}
        {limitsOf(schema).map(limit => <span key={limit} className={classes.note}>{limit}</span>)}
      </span>
      {schema.description && <p className={classes.about}>{schema.description}</p>}
      {schema.enum && <p className={classes.about}>One of {schema.enum.map((value, index) => <span key={String(value)}>{index > 0 && ', '}<code>{JSON.stringify(value)}</code></span>)}</p>}
    </>
  );
  if (inner === 0) return <li className={classes.member}>{head}</li>;
  return (
    <li className={classes.member}>
      <details className={classes.branch} open={depth < 1}>
        <summary>{head}<span className={classes.more}>{inner === 1 ? 'Its member' : `Its ${inner} members`}</span></summary>
        <SchemaTree schema={schema} depth={depth + 1} />
      </details>
    </li>
  );
}

/** Of an object, of what a list holds, or of all alternatives together. */
function membersOf(schema: Schema): Record<string, Schema> {
  if (schema.properties) return schema.properties;
  if (schema.items) return membersOf(schema.items);
  return Object.assign({}, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(membersOf)) as Record<string, Schema>;
}

const requiredOf = (schema: Schema): string[] => schema.required ?? (schema.items ? requiredOf(schema.items) : []);

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.items) return `${typeOf(schema.items)}[]`;
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(' | ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type ?? (schema.properties ? 'object' : 'any');
  return schema.format ? `${type} (${schema.format})` : type;
}

function limitsOf({ minimum, maximum, maxLength, pattern }: Schema): string[] {
  const limits: string[] = [];
  if (minimum !== undefined && maximum !== undefined) limits.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined) limits.push(`${minimum} or more`);
  else if (maximum !== undefined) limits.push(`${maximum} or less`);
  if (maxLength !== undefined) limits.push(`at most ${maxLength} characters`);
  if (pattern) limits.push(`like ${pattern}`);
  return limits;
}
