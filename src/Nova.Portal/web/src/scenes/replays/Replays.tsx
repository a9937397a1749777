import { Button, Progress, Text } from '@mantine/core';
import { IconCircleCheckFilled, IconCircleXFilled, IconLoader, IconPlayerStopFilled, IconRepeat } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Replay } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { told } from '../../widgets/tell';
import { span, When } from '../../widgets/When';
import { webhooksQuery } from '../webhooks/queries';
import { replaysQuery } from './queries';
import classes from './Replays.module.css';

/** Everything that was or is being sent again, and how far it is. */
export default function Replays() {
  const here = useHere();
  const { account, environment } = here;
  const query = useQuery(replaysQuery(here));
  return (
    <Page title="Replays" about="Sending again is a job of the server’s: it goes on when you leave this page, and you can stop it.">
      <div className="nova-panel">
        <Loaded query={query}>{replays => replays.length === 0
          ? (
            <NoneYet icon={<IconRepeat size={22} />} title="Nothing was sent again yet" action={<LinkButton variant="default" to="/$account/$environment/deliveries" params={{ account, environment }} search={{ status: ['failed'] }}>Failed deliveries</LinkButton>}>
              When a receiver was down, mend it, and send again what it did not take: a filtered set from the delivery history, a group of failures from the overview, or everything that an endpoint missed from its own page.
            </NoneYet>
          )
          : replays.map(replay => <Row key={replay.id} replay={replay} />)}
        </Loaded>
      </div>
    </Page>
  );
}

const whatWords: Record<string, string> = { failed: 'Failed deliveries', delivered: 'Delivered ones', ended: 'Failed and delivered ones', missed: 'Missed events' };
const states = {
  running: { icon: IconLoader, word: 'Running', tone: 'busy' },
  completed: { icon: IconCircleCheckFilled, word: 'Completed', tone: 'ok' },
  cancelled: { icon: IconPlayerStopFilled, word: 'Cancelled', tone: 'off' },
  stopped: { icon: IconCircleXFilled, word: 'Stopped', tone: 'bad' },
} as const;

function Row({ replay }: { replay: Replay }) {
  const here = useHere();
  const { account, environment, api, may } = here;
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const running = replay.state === 'running';
  const past = replay.done + replay.skipped;
  const share = replay.matching === 0 ? 100 : Math.min(100, (past / replay.matching) * 100);
  const left = Math.max(0, replay.matching - past);
  const { icon: Icon, word, tone } = states[replay.state as keyof typeof states] ?? states.stopped;
  const name = whatWords[replay.what] ?? replay.what;
  return (
    <article className={classes.row} aria-label={`${name}, ${word}`}>
      <div className={classes.head}>
        <div className={classes.what}>
          <span className={classes.state} data-tone={tone}><Icon size={15} aria-hidden="true" />{word}</span>
          <Text span size="sm" fw={600}>{name}</Text>
          <Scope replay={replay} />
        </div>
        <div className={classes.side}>
          <Text span size="sm" c="dimmed"><When at={replay.created_at} /></Text>
          {running && may.replay && <Button size="compact-xs" variant="default" leftSection={<IconPlayerStopFilled size={12} />} onClick={() => setAsking(true)}>Cancel</Button>}
        </div>
      </div>
      <Progress value={share} size={7} color={replay.state === 'stopped' ? 'red' : replay.state === 'cancelled' ? 'gray' : replay.state === 'completed' ? 'teal' : undefined} aria-label={`Progress of ${name.toLowerCase()}`} animated={running} />
      <div className={classes.foot}>
        <span className="nova-num"><b>{replay.done.toLocaleString()}</b> of {replay.at_least && 'at least '}{replay.matching.toLocaleString()} sent again{replay.skipped > 0 && `, ${replay.skipped.toLocaleString()} passed over`}</span>
        <span className="nova-num">{running
          ? `at most ${replay.rate} a second${left > 0 && !replay.at_least ? `, ${span(Math.ceil(left / replay.rate) * 1000)} to go` : ''}`
          : replay.reason ?? (replay.finished_at ? `took ${took(Date.parse(replay.finished_at) - Date.parse(replay.created_at))}` : '')}</span>
      </div>
      {asking && (
        <Confirm title="Stop this replay?" verb="Stop it" onClose={() => setAsking(false)} onConfirm={async () => {
          await take(api.POST('/v1/replays/{id}/cancel', { params: { path: { id: replay.id } } }));
          await refresh('replays');
          told('Stopped.');
        }}>
          No further delivery is made. The {replay.done.toLocaleString()} that were made go on. You can start another one for the rest.
        </Confirm>
      )}
      {replay.done > 0 && replay.filter.endpoint && !running && <LinkText to="/$account/$environment/deliveries" params={{ account, environment }} search={{ endpoint: replay.filter.endpoint }} size="xs">Its endpoint’s deliveries</LinkText>}
    </article>
  );
}

const took = (ms: number) => (ms < 1000 ? 'less than a second' : span(ms, true));

function Scope({ replay }: { replay: Replay }) {
  const here = useHere();
  const webhooks = useQuery(webhooksQuery(here));
  const { endpoint, event, tenant, error } = replay.filter;
  const webhook = webhooks.data?.find(each => each.id === endpoint);
  const parts = [
    endpoint && `to ${webhook?.name ?? (webhook?.url ?? endpoint).replace(/^https?:\/\//, '')}`,
    event?.length && `of ${(event as string[]).join(', ')}`, tenant && `for ${tenant}`, error && `with ${error}`,
  ].filter(Boolean);
  return <Text span size="sm" c="dimmed" className="nova-cut">{parts.join(', ')}</Text>;
}
