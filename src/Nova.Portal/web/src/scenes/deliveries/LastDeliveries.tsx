import { useQuery } from '@tanstack/react-query';
import { useHere } from '../../api/scope';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Panel } from '../../widgets/Page';
import { DeliveryStatus } from '../../widgets/Status';
import { When } from '../../widgets/When';
import { EventName } from '../webhooks/EventName';
import { lastDeliveriesQuery } from './queries';

/** The newest deliveries of one endpoint. */
export function LastDeliveries({ endpoint }: { endpoint: string }) {
  const here = useHere();
  const { account, environment } = here;
  const query = useQuery(lastDeliveriesQuery(here, endpoint));
  return (
    <Panel title="Last deliveries" flush actions={<LinkButton size="xs" variant="default" to="/$account/$environment/deliveries" params={{ account, environment }} search={{ endpoint }}>All of them</LinkButton>}>
      <Loaded query={query} rows={3}>{rows => rows.length === 0
        ? <NoneYet title="Nothing was sent yet">The next event that it subscribes to is here a moment later. A test is, too.</NoneYet>
        : (
          <div className="nova-scroll">
            <table className="nova-table">
              <thead><tr><th scope="col">Status</th><th scope="col">Event</th><th scope="col">Attempts</th><th scope="col" className="nova-wide">Error</th><th scope="col">Created</th></tr></thead>
              <tbody>
                {rows.map(row => (
                  <tr key={row.id}>
                    <td><DeliveryStatus delivery={row} /></td>
                    <td><LinkText to="/$account/$environment/deliveries/$delivery" params={{ account, environment, delivery: row.id }} search={{ endpoint }} size="sm"><EventName name={row.event} /></LinkText></td>
                    <td className="nova-num">{row.attempt_count}</td>
                    <td className="nova-wide nova-soft" style={{ maxWidth: 320 }}><div className="nova-cut">{row.error_message}</div></td>
                    <td><When at={row.created_at} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}
