/** What an operator watches: counts and states as Prometheus reads them, at an address of their own. */
export { Metrics, type Reported, type RequestObserver } from './metrics.ts';
export { serveMetrics, type MetricsServer } from './serve.ts';
