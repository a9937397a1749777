import { CopyIcon } from './Copy';
import classes from './CodeBlock.module.css';

/** Text of a machine: a command, a header block, somebody's answer. Always as text. */
export function CodeBlock({ text, label, wrap = false, maxHeight }: { text: string; label: string; wrap?: boolean; maxHeight?: number }) {
  return (
    <div className={classes.block}>
      <div className={classes.copy}><CopyIcon text={text} label={`Copy ${label}`} /></div>
      <pre className={classes.text} data-wrap={wrap || undefined} style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>{text}</pre>
    </div>
  );
}
