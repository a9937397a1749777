import { useEffect, useRef, useState } from 'react';
import { headersFor } from '../../api/client';
import { reach } from '../../api/reach';
import { fromProduct, operatorNaming } from '../../api/naming';
import { useHere } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { apiBase, cookies } from '../../theme/place';

/** The eye sees no more of a list that runs. */
const drawEveryMs = 250;

export type LiveState = 'connecting' | 'live' | 'polling' | 'paused';

/**
 * New deliveries and changes of them, as the server tells them. By fetch and not by EventSource, because headers say whose stream it is.
 * Where there is no stream, `poll` is called every few seconds instead.
 */
export function useLiveDeliveries({ paused, onChanges, poll, onWebhook }: { paused: boolean; onChanges: (changes: Delivery[]) => void; poll: () => void; onWebhook?: () => void }): LiveState {
  const { account, environment } = useHere();
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef({ onChanges, poll, onWebhook });
  useEffect(() => { latest.current = { onChanges, poll, onWebhook }; });
  useEffect(() => {
    if (paused) { setState('paused'); return; }
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let last: string | undefined;
    // Together, a few times a second: the list is drawn once for all that a moment brings.
    let kept: Delivery[] = [];
    let flush: ReturnType<typeof setTimeout> | undefined;
    const keep = (change: Delivery) => {
      kept.push(change);
      flush ??= setTimeout(() => { flush = undefined; const all = kept; kept = []; latest.current.onChanges(all); }, drawEveryMs);
    };
    const again = () => {
      if (stop.signal.aborted) return;
      if (failures > 1) { setState('polling'); latest.current.poll(); }
      timer = setTimeout(() => void listen(), Math.min(3000 * failures, 10_000));
    };
    const listen = async () => {
      try {
        const response = await fetch(`${apiBase}/v1/stream`, {
          credentials: cookies, headers: { Accept: 'text/event-stream', ...headersFor({ account, environment }), ...(last && { 'Last-Event-ID': last }) }, signal: stop.signal,
        });
        if (!response.ok || !response.body || !/event-stream/.test(response.headers.get('content-type') ?? '')) throw new Error(`stream: ${response.status}`);
        failures = 0;
        setState('live');
        // What happened before the stream was open.
        latest.current.poll();
        for await (const event of eventsOf(response.body)) {
          last = event.id ?? last;
          if (event.type === 'delivery') keep(fromProduct(JSON.parse(event.data), operatorNaming) as Delivery);
          // More has changed than is told.
          if (event.type === 'resync') latest.current.poll();
          if (event.type === 'webhook') latest.current.onWebhook?.();
        }
        failures = Math.max(failures, 1);
      } catch (fault) {
        // Cut off, or not answered at all: whoever looks at the list is told, though nothing else is asked.
        if (fault instanceof TypeError && !stop.signal.aborted) reach.silent();
        failures++;
      }
      again();
    };
    void listen();
    return () => { stop.abort(); clearTimeout(timer); clearTimeout(flush); };
  }, [account, environment, paused]);
  return state;
}

interface ServerEvent { type: string; data: string; id?: string }

/** Server-sent events of a body, as https://html.spec.whatwg.org/multipage/server-sent-events.html writes them. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  let event: ServerEvent = { type: 'message', data: '' };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === '') {
          if (event.data !== '') yield { ...event, data: event.data.slice(0, -1) };
          event = { type: 'message', data: '' };
          continue;
        }
        const colon = line.indexOf(':');
        if (colon === 0) continue;
        const name = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (name === 'event') event.type = text;
        else if (name === 'data') event.data += text + '\n';
        else if (name === 'id') event.id = text;
      }
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}
