// What happens in the demonstration: short stories whose events belong together, built on the examples of the products' definitions.
// Names, ids, amounts and times differ each time; the members are the definitions' own.

import { randomBytes, randomUUID } from 'node:crypto';
import { catalog } from './catalog.mjs';

const people = [
  'Jane Smith', 'Mateo Fernández', 'Li Wei', "Tom O'Brien", 'Sofie Lindqvist', 'Amara Okafor', 'Noor Haddad', 'Priya Raman', 'Jonas Weber',
  'Zoë Laurent', 'Kenji Watanabe', 'Łukasz Nowak',
];
const models = { image: 'fal-ai/flux/dev', video: 'fal-ai/minimax/video-01', music: 'fal-ai/stable-audio' };

const pick = list => list[Math.floor(Math.random() * list.length)];
const between = (least, most) => least + Math.floor(Math.random() * (most - least + 1));
const id = prefix => prefix + randomBytes(5).toString('hex');
const ago = seconds => new Date(Date.now() - seconds * 1000).toISOString();
const wholeSeconds = time => time.replace(/\.\d+/, '');
const mailOf = name => `${name.normalize('NFD').replace(/[^A-Za-z ]/g, '').toLowerCase().replaceAll(' ', '.')}@example.com`;

/** An event of a product: its example, with what is different this time. */
const event = (product, type, different, tenant) => ({ type, data: { ...catalog[product].examples[type], ...different }, tenant });

/** A story is a product and its events, in order. */
export const stories = [
  function scores() {
    const examples = catalog.embed.examples;
    const { result } = examples['score.completed'];
    const jobId = `job-${between(1000, 9999)}`;
    const tenant = `tenant-${between(1, 9)}`;
    const created = () => ({ job_id: jobId, application_id: `app-${between(10_000, 99_999)}`, tenant });
    return { product: 'embed', events: [
      { score: { created: created(), ended: { status: 'completed', result: { ...result, score: between(1, 10) } } } },
      { score: { created: created(), ended: { status: 'failed', error: examples['score.failed'].error } } },
      batch(tenant),
    ] };
  },
  function user() {
    const name = pick(people);
    const at = {
      user_name: name, user_email: mailOf(name), credit_used: 0, total_projects: 0, published_projects: 0,
      last_login: ago(between(30, 900)), last_build: '', free_or_paid: 'free', paid_plan_name: '', has_connected_domain: 'no',
    };
    const then = (type, change) => event('partner', type, Object.assign(at, change));
    const build = () => ({
      credit_used: at.credit_used + between(1, 9), total_projects: at.total_projects + 1, last_build: ago(between(1, 60)),
    });
    return { product: 'partner', events: [
      then('signed_up', {}),
      then('build_completed', build()),
      then('build_failed', build()),
      then('project_published', { published_projects: 1 }),
      then('domain_connected', { has_connected_domain: 'yes', free_or_paid: 'paid', paid_plan_name: pick(['Pro', 'Business']) }),
      then('out_of_credits', { credit_used: between(25, 100) }),
    ] };
  },
  function call() {
    const duration = between(12, 540);
    const one = { call_id: randomUUID(), customer_id: catalog.calls.examples['call.started'].customer_id };
    const started = {
      ...one, started_at: wholeSeconds(ago(duration)), goal: pick(['qualify_interest', 'book_appointment', 'renew_contract']),
      to_phone_e164: `+1555555${between(1000, 9999)}`,
    };
    return { product: 'calls', events: [
      event('calls', 'call.started', started),
      event('calls', 'call.ended', {
        ...started, ended_at: wholeSeconds(ago(0)), duration_seconds: duration, outcome: pick(['qualified', 'not_interested', 'voicemail']),
        goal_completed: Math.random() < 0.6,
      }),
      event('calls', 'call.transcribed', { ...one, transcribed_at: wholeSeconds(ago(0)) }),
      event('calls', 'call.scored', { ...one, scored_at: wholeSeconds(ago(0)), score: between(400, 1000) / 10 }),
    ] };
  },
  function balance() {
    const limit = pick([500, 2000, 100_000]);
    const bucket = { bucketType: pick(['chat_tokens', 'image_generations', 'agent_runs']), limit };
    const remaining = between(1, limit / 10);
    return { product: 'kit', events: [
      event('kit', 'credits.low', { ...bucket, remaining, percentUsed: Math.round(1000 - remaining / limit * 1000) / 10 }),
      event('kit', 'credits.depleted', { ...bucket, remaining: 0, percentUsed: 100 }),
    ] };
  },
  function generation() {
    const job = newJob();
    return { product: 'kit', events: [
      event('kit', 'generation.started', job),
      event('kit', 'generation.completed', {
        ...job, outputUrl: `https://files.example.com/${id('')}`, durationMs: between(900, 45_000), unitType: `${job.tool}_generations`,
      }),
    ] };
  },
  function failingGeneration() {
    const job = newJob();
    return { product: 'kit', events: [
      event('kit', 'generation.started', job),
      event('kit', 'generation.failed', { ...job, errorMessage: pick(['Content policy violation', 'The model did not answer in time']) }),
    ] };
  },
  function agentRun() {
    const run = newRun();
    return { product: 'kit', events: [
      event('kit', 'agent.run.started', run),
      event('kit', 'agent.run.completed', { ...run, totalSteps: between(1, 8), durationMs: between(800, 20_000) }),
    ] };
  },
  function failingAgentRun() {
    const run = newRun();
    return { product: 'kit', events: [event('kit', 'agent.run.started', run), event('kit', 'agent.run.failed', run)] };
  },
  function chat() {
    const conversationId = id('conv_');
    return { product: 'kit', events: [
      event('kit', 'chat.conversation.created', { conversationId, userId: id('user_') }),
      event('kit', 'chat.message.created', { messageId: id('msg_'), conversationId }),
    ] };
  },
  function subscription() {
    const subscriptionId = id('sub_');
    const plan = pick([['pro_monthly', 'Pro Monthly'], ['pro_yearly', 'Pro Yearly']]);
    return { product: 'kit', events: [
      event('kit', 'subscription.created', { subscriptionId, planCode: plan[0], planName: plan[1] }),
      event('kit', 'subscription.updated', { subscriptionId }),
      event('kit', 'subscription.cancelled', { subscriptionId, endsAt: wholeSeconds(ago(-30 * 24 * 3600)) }),
    ] };
  },
  function member() {
    const name = pick(people);
    const one = { memberId: id('mem_'), email: mailOf(name), name };
    return { product: 'kit', events: [
      event('kit', 'team.member.added', { ...one, role: 'editor' }),
      event('kit', 'team.member.role_changed', { ...one, previousRole: 'editor', role: 'admin' }),
      event('kit', 'team.member.removed', one),
    ] };
  },
  function customer() {
    const name = pick(people);
    const user = { id: id('usr_'), email: mailOf(name), name };
    const invoice = { customerId: id('cus_'), amount: between(9, 400) * 100, currency: pick(['EUR', 'USD', 'GBP']) };
    return { product: 'standard', events: [
      event('standard', 'user.created', { ...user, createdAt: wholeSeconds(ago(0)) }),
      event('standard', 'user.updated', user),
      event('standard', 'invoice.paid', { ...invoice, id: id('inv_'), paidAt: wholeSeconds(ago(5)) }),
      event('standard', 'invoice.payment_failed', { ...invoice, id: id('inv_'), nextAttemptAt: wholeSeconds(ago(-3 * 24 * 3600)) }),
      event('standard', 'user.deleted', { id: user.id }),
    ] };
  },
];

function batch(tenant) {
  const total = between(20, 400);
  const failed = between(0, 5);
  const counts = { total, completed: total - failed, failed };
  return event('embed', 'batch.completed', { batchId: id('batch_'), ...counts, completedAt: wholeSeconds(ago(0)) }, tenant);
}

function newJob() {
  const tool = pick(Object.keys(models));
  return { jobId: id('job_'), tool, model: models[tool] };
}

function newRun() {
  const input = pick(['Help me reset my password', 'Where is my order?', 'Cancel my plan']);
  return { runId: id('run_'), agentId: 'agent_support', agentName: 'Customer Support Bot', input };
}
