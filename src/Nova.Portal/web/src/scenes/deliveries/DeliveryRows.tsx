import { Checkbox, Loader } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconRepeat, IconTestPipe } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { useHere } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { DeliveryStatus } from '../../widgets/Status';
import { When } from '../../widgets/When';
import { EventName } from '../webhooks/EventName';
import classes from './DeliveryRows.module.css';
import { useRetry } from './useRetry';

interface Props {
  rows: Delivery[]; selected?: string; onOpen: (id: string | undefined) => void; hasMore: boolean; loadingMore: boolean; onMore: () => void;
  onTop: (atTop: boolean) => void; onFind: () => void;
  /** Rows that something is to be done with. Without `onChoose` nothing can be. */
  chosen: ReadonlySet<string>; onChoose?: (chosen: ReadonlySet<string>) => void;
  scroller: RefObject<HTMLDivElement | null>;
}

/** The rows of the history: only those on the screen are drawn, so that a million cost what twenty do. */
export function DeliveryRows({ rows, selected, onOpen, hasMore, loadingMore, onMore, onTop, onFind, chosen, onChoose, scroller }: Props) {
  const { words } = useHere();
  // A product whose events are of no tenant has no column of dashes.
  const tenants = useMemo(() => rows.some(row => row.tenant), [rows]);
  const narrow = useMediaQuery('(max-width: 48em)');
  const height = narrow ? 64 : 42;
  const virtual = useVirtualizer({ count: rows.length + (hasMore ? 1 : 0), getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 12, getItemKey: index => rows[index]?.id ?? 'more' });
  useEffect(() => virtual.measure(), [height, virtual]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => { if (hasMore && !loadingMore && last >= rows.length - 1) onMore(); }, [last, rows.length, hasMore, loadingMore, onMore]);

  // The row that the keyboard is on, by its id: rows that come in above do not move it.
  const [at, setAt] = useState<string>();
  const retry = useRetry();
  const choose = useCallback((id: string) => {
    const next = new Set(latest.current.chosen);
    if (!next.delete(id)) next.add(id);
    onChoose?.(next);
  }, [onChoose]);
  const latest = useRef({ rows, at, selected, chosen });
  useEffect(() => { latest.current = { rows, at: at ?? selected, selected, chosen }; });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const { rows: now, at: current, selected: opened } = latest.current;
      const index = now.findIndex(row => row.id === current);
      if (event.key === '/') { event.preventDefault(); onFind(); return; }
      if (event.key === 'x' && current && index >= 0 && onChoose) { choose(current); return; }
      if (event.key === 'r' && current) { const row = now[index]; if (row) retry.ask(row); return; }
      if (event.key !== 'j' && event.key !== 'k') return;
      const next = now[Math.max(0, Math.min(now.length - 1, index + (event.key === 'j' ? 1 : index < 0 ? 1 : -1)))];
      if (!next) return;
      // At once: the next key may come before the next frame.
      latest.current = { ...latest.current, at: next.id };
      setAt(next.id);
      virtual.scrollToIndex(now.indexOf(next));
      if (opened) onOpen(next.id);
      else requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next.id}"] a`)?.focus({ preventScroll: true }));
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [virtual, onOpen, onFind, retry, choose, onChoose, scroller]);

  return (
    <div role="table" aria-label="Deliveries" aria-rowcount={hasMore ? -1 : rows.length + 1} className={classes.table} data-choosing={onChoose ? true : undefined} data-tenants={tenants || undefined}>
      <div role="row" className={classes.head} aria-rowindex={1}>
        {onChoose && (
          <span role="columnheader" data-column="Choose">
            <Checkbox
              size="xs" aria-label="Choose all rows that are loaded" checked={chosen.size > 0 && rows.every(row => chosen.has(row.id))} indeterminate={chosen.size > 0 && !rows.every(row => chosen.has(row.id))}
              onChange={event => onChoose(new Set(event.currentTarget.checked ? rows.map(row => row.id) : []))}
            />
          </span>
        )}
        {['Status', 'Event', 'Endpoint', ...(tenants ? [words.tenant] : []), 'Attempts', 'Error', 'Created'].map(name => <span key={name} role="columnheader" data-column={name === words.tenant ? 'Tenant' : name}>{name === 'Endpoint' ? words.endpoint : name}</span>)}
      </div>
      {/* Rows of a table that scrolls are a group of rows. */}
      <div
        ref={scroller} role="rowgroup" className={classes.scroller} tabIndex={0} aria-label="Rows"
        onScroll={event => onTop(event.currentTarget.scrollTop < height)}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(item => {
            const row = rows[item.index];
            return row
              ? <Row key={item.key} row={row} tenants={tenants} index={item.index + 2} top={item.start} height={height} here={row.id === (selected ?? at)} chosen={chosen.has(row.id)} onChoose={onChoose && choose} />
              : <div key="more" role="presentation" className={classes.more} style={{ top: item.start, height }}><Loader size="xs" aria-label="Loading more" /></div>;
          })}
        </div>
      </div>
      {retry.dialog}
    </div>
  );
}

/** Who answered is plain in a column of errors: what is told apart comes first. */
function briefly(message: string): string {
  const rest = message.replace(/^The receiver /, '').replace(/\.$/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

const Row = memo(function Row({ row, tenants, index, top, height, here, chosen, onChoose }: {
  row: Delivery; tenants: boolean; index: number; top: number; height: number; here: boolean; chosen: boolean; onChoose?: (id: string) => void;
}) {
  const { account, environment } = useHere();
  return (
    <div role="row" aria-rowindex={index} data-row={row.id} className={classes.row} data-here={here || undefined} data-chosen={chosen || undefined} style={{ top, height }}>
      {onChoose && <span role="cell" data-column="Choose"><Checkbox size="xs" checked={chosen} onChange={() => onChoose(row.id)} aria-label={`Choose ${row.event} of ${row.created_at}`} /></span>}
      <span role="cell" data-column="Status"><DeliveryStatus delivery={row} /></span>
      <span role="rowheader" data-column="Event" className="nova-cut">
        <Link to="/$account/$environment/deliveries/$delivery" params={{ account, environment, delivery: row.id }} search={true} className={classes.link} preload={false}><EventName name={row.event} /></Link>
        {row.trigger === 'test' && <IconTestPipe size={14} className={classes.mark} aria-label="a test" role="img" />}
        {row.trigger === 'replay' && <IconRepeat size={14} className={classes.mark} aria-label="a replay" role="img" />}
      </span>
      <span role="cell" data-column="Endpoint" className="nova-cut nova-soft">{row.endpoint_url?.replace(/^https?:\/\//, '') ?? row.endpoint_id}</span>
      {tenants && <span role="cell" data-column="Tenant" className="nova-cut">{row.tenant ?? <span className="nova-soft">–</span>}</span>}
      <span role="cell" data-column="Attempts" className="nova-num">{row.attempt_count}</span>
      <span role="cell" data-column="Error" className="nova-cut" data-bad={row.error_message ? true : undefined} title={row.error_message ?? undefined}>{row.error_message && briefly(row.error_message)}</span>
      <span role="cell" data-column="Created"><When at={row.created_at} /></span>
    </div>
  );
});
