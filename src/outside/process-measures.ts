/** What this process takes of its machine: the names are those that dashboards for Node know, with ours before them. */
import { readdirSync, readFileSync } from 'node:fs'
import { constants, monitorEventLoopDelay, PerformanceObserver, type ELDHistogram } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
import { counted, gauge, histogram, type Histogram, type Measure, type Together } from './measures.ts'

/** Begins to measure this process, and how late its event loop is. It keeps no process from ending. */
export function processMeasures(): readonly Measure[] {
  return [...ofSystem(), ...ofEventLoop(), ...ofResources(), ...ofHeap(), version(), garbage()]
}

function ofSystem(): readonly Measure[] {
  const begun = Math.floor(Date.now() / 1000 - process.uptime())
  const cpu = (of: (usage: NodeJS.CpuUsage) => number) => () => of(process.cpuUsage()) / 1e6
  const status = (field: string) => () => numberIn('/proc/self/status', field) * 1024
  return [
    counted(
      named('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.'),
      cpu(({ user }) => user),
    ),
    counted(
      named('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.'),
      cpu(({ system }) => system),
    ),
    counted(
      named('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.'),
      cpu(({ user, system }) => user + system),
    ),
    gauge(
      named('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', 'omit'),
      () => begun,
    ),
    gauge(named('process_resident_memory_bytes', 'Resident memory size in bytes.'), () => process.memoryUsage.rss()),
    ...(process.platform === 'linux'
      ? [
          gauge(named('process_virtual_memory_bytes', 'Virtual memory size in bytes.'), status('VmSize')),
          gauge(named('process_heap_bytes', 'Process heap size in bytes.'), status('VmData')),
          gauge(
            named('process_open_fds', 'Number of open file descriptors.'),
            // The one that reads the folder is among them.
            () => readdirSync('/proc/self/fd').length - 1,
          ),
          gauge(named('process_max_fds', 'Maximum number of open file descriptors.'), () =>
            numberIn('/proc/self/limits', 'Max open files'),
          ),
        ]
      : []),
  ]
}

/** The first number after a name that begins a line. */
function numberIn(file: string, name: string): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(name))
  return Number(/\s(\d+)/.exec(line ?? '')?.[1] ?? Number.NaN)
}

/** How late the loop was since somebody last asked. */
function ofEventLoop(): readonly Measure[] {
  const delay = monitorEventLoopDelay()
  delay.enable()
  const lag = (suffix: string, help: string, together: Together, of: (delay: ELDHistogram) => number): Measure =>
    gauge(named(`nodejs_eventloop_lag_${suffix}`, help, together), () => of(delay) / 1e9)
  return [
    gauge(named('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.', 'average'), async () => {
      const begun = performance.now()
      await nextTurn()
      // All others have been read by now: what follows is for whoever asks next.
      delay.reset()
      return (performance.now() - begun) / 1000
    }),
    lag('min_seconds', 'The minimum recorded event loop delay.', 'min', ({ min }) => min),
    lag('max_seconds', 'The maximum recorded event loop delay.', 'max', ({ max }) => max),
    lag('mean_seconds', 'The mean of the recorded event loop delays.', 'average', ({ mean }) => mean),
    lag('stddev_seconds', 'The standard deviation of the recorded event loop delays.', 'average', (all) => all.stddev),
    ...[50, 90, 99].map((percent) =>
      lag(`p${percent}_seconds`, `The ${percent}th percentile of the recorded event loop delays.`, 'average', (all) =>
        all.percentile(percent),
      ),
    ),
  ]
}

function ofResources(): readonly Measure[] {
  const active = (): Readonly<Record<string, number>> => {
    const byType = Map.groupBy(process.getActiveResourcesInfo(), (type) => type)
    return Object.fromEntries([...byType].map(([type, all]) => [type, all.length]))
  }
  return [
    gauge(
      named(
        'nodejs_active_resources',
        'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
      ),
      active,
      'type',
    ),
    gauge(
      named('nodejs_active_resources_total', 'Total number of active resources.'),
      () => process.getActiveResourcesInfo().length,
    ),
  ]
}

function ofHeap(): readonly Measure[] {
  const memory = (of: (usage: NodeJS.MemoryUsage) => number) => () => of(process.memoryUsage())
  const spaces = (of: (space: ReturnType<typeof getHeapSpaceStatistics>[number]) => number) => () =>
    Object.fromEntries(
      getHeapSpaceStatistics().map((space) => [space.space_name.replace(/_space$/, ''), of(space)] as const),
    )
  const ofSpace = (what: string) =>
    named(`nodejs_heap_space_size_${what}_bytes`, `Process heap space size ${what} from Node.js in bytes.`)
  return [
    gauge(
      named('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.'),
      memory(({ heapTotal }) => heapTotal),
    ),
    gauge(
      named('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.'),
      memory(({ heapUsed }) => heapUsed),
    ),
    gauge(
      named('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.'),
      memory(({ external }) => external),
    ),
    gauge(
      ofSpace('total'),
      spaces(({ space_size }) => space_size),
      'space',
    ),
    gauge(
      ofSpace('used'),
      spaces(({ space_used_size }) => space_used_size),
      'space',
    ),
    gauge(
      ofSpace('available'),
      spaces(({ space_available_size }) => space_available_size),
      'space',
    ),
  ]
}

function version(): Measure {
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.')
  const labels = { version: process.version, major, minor, patch }
  const reading = {
    ...named('nodejs_version_info', 'Node.js version info.', 'first'),
    type: 'gauge',
    samples: [{ labels, value: 1 }],
  } as const
  return { read: () => Promise.resolve(reading) }
}

const kinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

function garbage(): Histogram {
  const collected = histogram(
    named(
      'nodejs_gc_duration_seconds',
      'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    ),
    'kind',
    [0.001, 0.01, 0.1, 1, 2, 5],
  )
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!('detail' in entry)) continue
      const { kind } = entry.detail as { readonly kind: number }
      collected.observe(entry.duration / 1000, kinds[kind] ?? 'other')
    }
  }).observe({ entryTypes: ['gc'] })
  return collected
}

function named(name: string, help: string, together: Together = 'sum') {
  return { name: `licet_${name}`, help, together }
}
