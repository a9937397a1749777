import { Progress } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useHere } from '../../api/scope';
import { LinkButton } from '../../widgets/links';
import { Panel } from '../../widgets/Page';
import { webhooksQuery } from '../webhooks/queries';
import { beginningsQuery, inspectedQuery } from './queries';
import classes from './Overview.module.css';

interface Beginnings { unfinished: boolean; webhook?: string; tested: boolean; verified: boolean; published: boolean; wanted: boolean; delivered: boolean }

/** How far this environment has come, by what has really happened in it. */
export function useBeginnings(): Beginnings {
  const here = useHere();
  const webhooks = useQuery(webhooksQuery(here));
  const beginnings = useQuery(beginningsQuery(here));
  const webhook = webhooks.data?.find(each => each.enabled)?.id ?? webhooks.data?.[0]?.id;
  const { tested = false, published = false, wanted = false, delivered = false } = beginnings.data ?? {};
  // Whoever gets real events delivered needs no test any more.
  const done = delivered && published;
  const inspected = useQuery({ ...inspectedQuery(here), enabled: here.environment === 'sandbox' && beginnings.data !== undefined && !done });
  return { unfinished: beginnings.data !== undefined && webhooks.data !== undefined && !done, webhook, tested: tested || delivered, verified: inspected.data === true || delivered, published, wanted, delivered };
}

/** Whether there was an event already, and why it has not arrived. */
function firstEvent({ webhook, published, wanted }: Beginnings, environment: string, endpoint: string): string {
  if (!published) return `The next thing that happens in the ${environment === 'sandbox' ? 'sandbox' : 'production environment'} arrives by itself. Until then, tests show how it looks.`;
  if (wanted) return 'Something has happened already. It was sent, and has not arrived yet.';
  return webhook === undefined
    ? 'Something has happened already. Nobody was subscribed to it, so that it was sent nowhere. Once there is an address, the next event arrives by itself.'
    : `Something has happened already. Nobody was subscribed to it, so that it was sent nowhere. The next event that your ${endpoint} subscribes to arrives by itself; on its page you can have sent what it missed.`;
}

/** The way to the first event that arrives. It is gone when it has arrived. */
export function Onboarding({ state }: { state: Beginnings }) {
  const { words, account, environment, may, product } = useHere();
  const params = { account, environment };
  const perType = product.endpoints.model === 'one_per_event_type';
  const steps: { title: string; text: ReactNode; done: boolean; act?: ReactNode }[] = [
    {
      title: 'Give an address', done: state.webhook !== undefined,
      text: environment === 'sandbox' ? 'That of your receiver; or a built-in one, where you see what arrives without a server.' : 'That of your receiver. Begin in the sandbox if it is not ready: there one is built in.',
      act: (
        <>
          {environment === 'sandbox' && <LinkButton size="xs" variant="default" to="/$account/$environment/inspector" params={params}>Give me a URL</LinkButton>}
          {may.manage && <LinkButton size="xs" to={perType ? '/$account/$environment/webhooks' : '/$account/$environment/webhooks/new'} params={params}>{perType ? words.endpoints : words.create}</LinkButton>}
        </>
      ),
    },
    {
      title: 'Send it a test', done: state.tested, text: 'Signed like any other. You see what was sent and what came back.',
      act: state.webhook && <LinkButton size="xs" variant="default" to={perType ? '/$account/$environment/webhooks' : '/$account/$environment/webhooks/$endpoint'} params={{ ...params, endpoint: state.webhook } as never}>{words.test}</LinkButton>,
    },
    {
      title: 'Verify its signature', done: state.verified,
      text: 'So that your receiver believes nobody else: a few lines in eight languages, and a debugger that names the mistake.',
      act: <LinkButton size="xs" variant="default" to="/$account/$environment/verify" params={params}>How to verify</LinkButton>,
    },
    {
      title: state.published ? 'Get the first event through' : 'Wait for the first event', done: state.delivered,
      text: firstEvent(state, environment, words.endpoint.toLowerCase()),
      act: state.published && (state.wanted
        ? <LinkButton size="xs" variant="default" to="/$account/$environment/deliveries" params={params}>{words.deliveries}</LinkButton>
        : <LinkButton size="xs" variant="default" to="/$account/$environment/events" params={params}>Events</LinkButton>),
    },
  ];
  const done = steps.filter(step => step.done).length;
  const next = steps.findIndex(step => !step.done);
  return (
    <Panel title="To the first event" about={`${done} of ${steps.length} done`} flush>
      <Progress value={(done / steps.length) * 100} size={3} radius={0} aria-label="Steps done" color="teal" />
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.title} className={classes.step} data-done={step.done || undefined} data-next={index === next || undefined} aria-current={index === next ? 'step' : undefined}>
            <span className={classes.mark} role="img" aria-label={step.done ? 'done' : 'not yet'}>{step.done ? <IconCheck size={14} stroke={2.6} aria-hidden="true" /> : index + 1}</span>
            <div>
              <div className={classes.title}>{step.title}</div>
              {!step.done && <div className="nova-soft" style={{ fontSize: '0.8125rem' }}>{step.text}</div>}
            </div>
            {!step.done && <div className={classes.act} style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>{step.act}</div>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
