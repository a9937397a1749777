// Renders /openapi/v1.json. Text goes in as text only: nothing of the document is ever taken for HTML.
'use strict';

const make = (name, text, className) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
};

const deref = (doc, schema) => {
  let found = schema;
  while (found && found.$ref) found = found.$ref.replace('#/', '').split('/').reduce((at, part) => at[part], doc);
  return found || {};
};

const typeOf = (doc, schema) => {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').pop();
  const variants = schema.oneOf || schema.anyOf;
  if (variants) return variants.map(each => typeOf(doc, each)).join(' or ');
  const names = [].concat(schema.type || 'any').map(name => name === 'array' ? `list of ${typeOf(doc, schema.items) || 'any'}` : name);
  return names.join(' or ') + (schema.format ? ` (${schema.format})` : '');
};

const members = (doc, schema, depth) => {
  const found = deref(doc, schema);
  const table = make('table');
  const required = new Set(found.required || []);
  for (const [name, member] of Object.entries(found.properties || {})) {
    const row = table.insertRow();
    const label = row.insertCell();
    label.append(make('code', name));
    if (required.has(name)) label.append(make('span', ' required'));
    row.insertCell().textContent = typeOf(doc, member);
    const inner = member.$ref ? member : member.items && member.items.$ref ? member.items : (member.oneOf || []).find(each => each.$ref);
    const about = row.insertCell();
    about.textContent = member.description || '';
    if (inner && depth < 2) {
      const more = make('details', undefined, 'level');
      more.append(make('summary', typeOf(doc, inner)), members(doc, inner, depth + 1));
      about.append(more);
    }
  }
  return table;
};

const parameters = list => {
  const table = make('table');
  for (const each of list) {
    const row = table.insertRow();
    row.insertCell().append(make('code', each.name));
    row.insertCell().textContent = each.in;
    row.insertCell().textContent = [each.description, each.schema && each.schema.enum && `One of ${each.schema.enum.join(', ')}.`].filter(Boolean).join(' ');
  }
  return table;
};

const call = (doc, path, method, operation) => {
  const section = make('section');
  section.id = operation.operationId;
  const title = make('h3');
  title.append(make('span', method.toUpperCase(), 'method'), make('span', path, 'path'));
  for (const requirement of operation.security || [])
    for (const [scheme, scopes] of Object.entries(requirement)) title.append(make('span', [scheme, ...scopes].join(': '), 'who'));
  section.append(title, make('p', [operation.summary && operation.summary + '.', operation.description].filter(Boolean).join(' ')));
  if (operation.parameters && operation.parameters.length) section.append(make('h4', 'Parameters'), parameters(operation.parameters));
  const body = operation.requestBody && operation.requestBody.content['application/json'];
  if (body) section.append(make('h4', `Body: ${typeOf(doc, body.schema)}`), members(doc, body.schema, 0));
  const refusals = [];
  for (const [status, response] of Object.entries(operation.responses || {})) {
    const json = response.content && response.content['application/json'];
    if (json) section.append(make('h4', `${status}: ${typeOf(doc, json.schema)}`), members(doc, json.schema, 0));
    else if (response.content) refusals.push(status);
    else section.append(make('h4', `${status}: no body`));
  }
  if (refusals.length) section.append(make('p', `Refused with a problem: ${refusals.join(', ')}.`));
  return section;
};

const show = doc => {
  const main = document.getElementById('calls');
  const index = document.getElementById('index');
  main.replaceChildren(make('h2', doc.info.title), make('p', doc.info.description, 'intro'));
  const byTag = new Map();
  for (const [path, item] of Object.entries(doc.paths))
    for (const [method, operation] of Object.entries(item)) {
      const tag = (operation.tags || ['Other'])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push([path, method, operation]);
    }
  for (const [tag, calls] of byTag) {
    index.append(make('h2', tag));
    main.append(make('h2', tag));
    const list = make('ul');
    for (const [path, method, operation] of calls) {
      const link = make('a', operation.summary || path);
      link.href = '#' + operation.operationId;
      const entry = make('li');
      entry.append(link);
      list.append(entry);
      main.append(call(doc, path, method, operation));
    }
    index.append(list);
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

fetch('/openapi/v1.json')
  .then(answer => answer.json())
  .then(show)
  .catch(() => { document.getElementById('state').textContent = 'The document could not be read. Reload the page to try again.'; });
