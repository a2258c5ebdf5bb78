import { type Dashboard, quantiles } from '../dashboard.ts'

const OURS = 'job=~"$job",instance=~"$instance"'
const sumRate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}{${OURS}}[$__rate_interval]))`

export const realtime: Dashboard = {
  uid: 'ridendine-realtime',
  title: 'Realtime',
  description: 'Sockets, what is sent to them, and how far behind the event log they are.',
  variables: ['job', 'instance'],
  panels: [
    {
      title: 'Open sockets',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(ridendine_realtime_connections{${OURS}})`, legend: 'sockets' }],
    },
    {
      title: 'Subscriptions',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(ridendine_realtime_subscriptions{${OURS}})`, legend: 'subscriptions' }],
    },
    {
      title: 'Frames sent, a second',
      kind: 'stat',
      unit: 'ops',
      queries: [
        { expr: `sum(rate(ridendine_realtime_frames_sent_total{${OURS}}[$__rate_interval]))`, legend: 'frames' },
      ],
    },
    {
      title: 'Not yet numbered',
      description: 'Age of the oldest committed event that has no number yet.',
      kind: 'stat',
      unit: 's',
      thresholds: { warn: 5, bad: 30 },
      queries: [{ expr: 'max(ridendine_events_unnumbered_seconds)', legend: 'oldest' }],
    },
    {
      title: 'Sockets by process',
      unit: 'short',
      min: 0,
      queries: [{ expr: `ridendine_realtime_connections{${OURS}}`, legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Subscriptions by process',
      unit: 'short',
      min: 0,
      queries: [{ expr: `ridendine_realtime_subscriptions{${OURS}}`, legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Frames sent, by type',
      unit: 'ops',
      min: 0,
      queries: [{ expr: sumRate('ridendine_realtime_frames_sent_total', 'type'), legend: '{{type}}' }],
    },
    {
      title: 'Frames received, and sockets let go for not reading',
      unit: 'ops',
      min: 0,
      queries: [
        { expr: sumRate('ridendine_realtime_frames_received_total', 'job'), legend: '{{job}} received' },
        { expr: sumRate('ridendine_realtime_slow_closed_total', 'job'), legend: '{{job}} let go' },
      ],
    },
    {
      title: 'From what happened to its handlers',
      unit: 's',
      min: 0,
      thresholds: { warn: 1, bad: 5 },
      queries: quantiles([0.5, 0.95, 0.99], 'ridendine_events_delay_seconds', OURS),
    },
    {
      title: 'Events behind the log',
      description: 'How many events of the log a process has not read, to within a scrape.',
      unit: 'short',
      min: 0,
      queries: [
        {
          expr: `clamp_min(scalar(max(ridendine_events_log_seq)) - ridendine_events_head_seq{${OURS}}, 0)`,
          legend: '{{job}} {{instance}}',
        },
      ],
    },
    {
      title: 'Events, by type',
      description: 'Each process reads all of them: the greatest is what happened.',
      unit: 'ops',
      min: 0,
      queries: [
        {
          expr: `max by (type) (rate(ridendine_events_read_total{${OURS}}[$__rate_interval]))`,
          legend: '{{type}}',
        },
      ],
    },
  ],
}
