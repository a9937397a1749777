import { useMemo } from 'react';
import { parseJson, type Node } from './parse';
import classes from './JsonTree.module.css';

/** JSON to read: objects and lists open and close by mouse and keyboard. What is no JSON is shown as the text it is. */
export function JsonTree({ text, label, openDepth = 3 }: { text: string; label: string; openDepth?: number }) {
  const root = useMemo(() => parseJson(text), [text]);
  return (
    <div className={classes.tree} role="region" aria-label={label} tabIndex={0}>
      {root ? <Value node={root} depth={0} openDepth={openDepth} /> : <pre className={classes.plain}>{text}</pre>}
    </div>
  );
}

function Value({ node, name, depth, openDepth, last = true }: { node: Node; name?: string; depth: number; openDepth: number; last?: boolean }) {
  const key = name !== undefined && <><span className={classes.key}>{JSON.stringify(name)}</span>: </>;
  const comma = last ? '' : ',';
  if (node.kind !== 'object' && node.kind !== 'array') {
    return <div className={classes.line}>{key}<span className={classes[node.kind]}>{node.kind === 'string' ? JSON.stringify(node.text) : node.text}</span>{comma}</div>;
  }
  const [open, close] = node.kind === 'object' ? ['{', '}'] : ['[', ']'];
  const entries: [string | undefined, Node][] = node.kind === 'object' ? node.members : node.items.map(item => [undefined, item]);
  if (entries.length === 0) return <div className={classes.line}>{key}{open}{close}{comma}</div>;
  return (
    <details className={classes.branch} open={depth < openDepth}>
      <summary className={classes.head}>{key}{open}<span className={classes.folded}> {entries.length} {node.kind === 'object' ? (entries.length === 1 ? 'member' : 'members') : entries.length === 1 ? 'item' : 'items'} {close}{comma}</span></summary>
      <div className={classes.inner}>
        {entries.map(([child, value], index) => <Value key={child ?? index} name={child} node={value} depth={depth + 1} openDepth={openDepth} last={index === entries.length - 1} />)}
      </div>
      <div className={classes.line}>{close}{comma}</div>
    </details>
  );
}
