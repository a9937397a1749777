import { SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useHere } from '../../api/scope';
import type { Analytics } from '../../api/types';
import { Chart, Spark } from '../../widgets/chart/Chart';
import { clockTime, type Bucket } from '../../widgets/chart/scale';
import { useNow } from '../../widgets/clock';
import { Failed } from '../../widgets/Empty';
import { LinkText } from '../../widgets/links';
import { Page, Panel } from '../../widgets/Page';
import { millis } from '../../widgets/When';
import { periodChoices, spans, type Period } from '../deliveries/search';
import { FailureGroups } from './FailureGroups';
import { brief, count, percent } from './figures';
import { Onboarding, useBeginnings } from './Onboarding';
import { analyticsQuery } from './queries';
import classes from './Overview.module.css';

const route = getRouteApi('/$account/$environment/overview');

/** How it goes: the product's own figures first, what goes wrong next, and everything over time below. */
export default function Overview() {
  const here = useHere();
  const { account, environment, product, words } = here;
  // In an account's first hour a day is one bar at the edge of an empty chart.
  const usual: Period = useNow(60_000) - Date.parse(product.account.created_at) < 3_600_000 ? '1h' : '24h';
  const period = route.useSearch().period ?? usual;
  const navigate = useNavigate();
  const query = useQuery(analyticsQuery(here, period));
  const beginnings = useBeginnings();
  const data = query.data;
  // Where nothing has happened yet, four zeros and three empty charts help nobody.
  const bare = beginnings.unfinished && data !== undefined && data.totals.requests === 0 && data.totals.attempts === 0;
  return (
    <Page
      title={words.overview} about={bare ? 'Four steps to the first event that arrives. Each ticks itself off when it has happened.' : <>{product.account.name} in {spans[period]}</>}
      actions={!bare && (
        <SegmentedControl
          aria-label="Period" value={period} data={periodChoices}
          onChange={value => void navigate({ to: '/$account/$environment/overview', params: { account, environment }, search: value === usual ? {} : { period: value as Period }, replace: true })}
        />
      )}
    >
      <Stack gap={12}>
        {beginnings.unfinished && <Onboarding state={beginnings} />}
        {bare ? null : data ? <Figures data={data} period={period} /> : query.isError ? <div className="nova-panel"><Failed error={query.error} onRetry={() => void query.refetch()} /></div> : <Waiting />}
      </Stack>
    </Page>
  );
}

type Data = Analytics;

/** What is kept by the hour alone is of more than the last 60 minutes: it says so. */
const hoursOf = (data: Data, period: Period) => period === '1h' ? `In whole hours: since ${clockTime(Math.floor(Date.parse(data.from) / 3_600_000) * 3_600_000)}.` : undefined;

function Figures({ data, period }: { data: Data; period: Period }) {
  const { words: product, product: { scores } } = useHere();
  const { totals, series } = data;
  const refused = series.reduce((sum, at) => sum + at.requests_failed, 0);
  const times = series.map(at => at.at);
  const bucket = data.bucket as Bucket;
  const { delivered, failed, retrying } = totals.deliveries;
  return (
    <>
      <div className={classes.cards}>
        <Card name="Total Requests" value={count(totals.requests)} more="API calls with your credentials"><Spark values={series.map(at => at.requests)} /></Card>
        <Card name="Success Rate" value={percent(totals.success_rate)} more={refused === 0 ? 'No call was refused' : `${count(refused)} answered with an error`}><Spark values={series.map(at => at.requests_failed)} tone="bad" /></Card>
        <Card name="Average Latency" value={totals.average_latency_ms === null || totals.average_latency_ms === undefined ? '–' : millis(totals.average_latency_ms)} more="Until the API has answered"><Spark values={series.map(at => at.average_latency_ms)} tone="second" /></Card>
        {scores && product.figure
          ? <Card name={product.figure} value={count(totals.scores_completed)} more="Completed scoring jobs"><Spark values={series.map(at => at.scores_completed)} tone="ok" /></Card>
          : <Card name="Delivered" value={count(delivered)} more={delivered + failed === 0 ? 'Nothing has ended yet' : `${percent(delivered / (delivered + failed))} of what has ended`}><Spark values={series.map(at => at.delivered)} tone="ok" /></Card>}
      </div>
      <FailureGroups period={period} since={hoursOf(data, period)} />
      <div className={classes.charts}>
        <Panel title="Deliveries" actions={retrying > 0 && <span className="nova-soft" style={{ fontSize: '0.75rem' }}>{count(retrying)} waiting for a retry</span>}>
          <Chart
            label={`Deliveries: ${count(delivered)} delivered, ${count(failed)} failed`} kind="bars" times={times} bucket={bucket} format={brief} nothing="Nothing was sent in this time."
            series={[
              { name: 'Delivered', tone: 'ok', values: series.map(at => at.delivered), total: count(delivered) },
              { name: 'Failed', tone: 'bad', values: series.map(at => at.failed), total: count(failed) },
            ]}
          />
        </Panel>
        <Panel title="Receivers’ latency">
          <Chart
            label="Latency of receivers, percentiles" kind="lines" times={times} bucket={bucket} format={value => (value === 0 ? '0' : millis(value))} whole={false} nothing="No receiver has answered in this time."
            series={([['p50', 'main'], ['p95', 'second'], ['p99', 'third']] as const).map(([name, tone]) => ({
              name, tone, values: series.map(at => at.latency_ms[name]), total: totals.latency_ms[name] === null || totals.latency_ms[name] === undefined ? '–' : millis(totals.latency_ms[name]),
            }))}
          />
        </Panel>
        <Panel title="API requests">
          <Chart
            label={`API requests: ${count(totals.requests)}, ${count(refused)} of them refused`} kind="bars" times={times} bucket={bucket} format={brief} nothing="The API was not called in this time."
            series={[
              { name: 'Answered', tone: 'main', values: series.map(at => at.requests - at.requests_failed), total: count(totals.requests - refused) },
              { name: 'Refused', tone: 'bad', values: series.map(at => at.requests_failed), total: count(refused) },
            ]}
          />
        </Panel>
        <TopFailing data={data} period={period} />
      </div>
    </>
  );
}

function Card({ name, value, more, children }: { name: string; value: string; more: string; children: ReactNode }) {
  return (
    <div className={`nova-panel ${classes.card}`} role="group" aria-label={name}>
      <span className={classes.name}>{name}</span>
      <span className={classes.value}>{value}</span>
      <span className={`${classes.more} nova-cut`}>{more}</span>
      <div className={classes.spark}>{children}</div>
    </div>
  );
}

function TopFailing({ data, period }: { data: Data; period: Period }) {
  const { account, environment, words: product } = useHere();
  return (
    <Panel title={`${product.endpoints} that fail most`} about={hoursOf(data, period)} flush>
      {data.endpoints.length === 0
        ? <p className="nova-soft" style={{ padding: '20px 16px', margin: 0, fontSize: '0.8125rem' }}>None failed in {spans[period]}.</p>
        : (
          <table className="nova-table">
            <thead><tr><th scope="col">{product.endpoint}</th><th scope="col" style={{ textAlign: 'right' }}>Failed</th><th scope="col" style={{ textAlign: 'right' }}>Of</th><th scope="col" style={{ textAlign: 'right' }}>Error rate</th></tr></thead>
            <tbody>
              {data.endpoints.slice(0, 6).map(each => (
                <tr key={each.id}>
                  <th scope="row" style={{ maxWidth: 0, width: '60%' }}>
                    <LinkText to="/$account/$environment/deliveries" params={{ account, environment }} search={{ endpoint: each.id, status: ['failed'], period: period === '24h' ? undefined : period }} size="sm" display="block" className="nova-mono nova-cut">{(each.url ?? each.id).replace(/^https?:\/\//, '')}</LinkText>
                  </th>
                  <td className="nova-num" style={{ textAlign: 'right' }}>{count(each.failed)}</td>
                  <td className="nova-num nova-soft" style={{ textAlign: 'right' }}>{count(each.delivered + each.failed)}</td>
                  <td className="nova-num" style={{ textAlign: 'right' }}>{percent(each.error_rate)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </Panel>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading">
      <div className={classes.cards}>{Array.from({ length: 4 }, (_, index) => <Skeleton key={index} h={128} radius={10} />)}</div>
      <div className={classes.charts} style={{ marginTop: 12 }}>{Array.from({ length: 4 }, (_, index) => <Skeleton key={index} h={280} radius={10} />)}</div>
    </div>
  );
}
