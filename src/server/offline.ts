/** A server that does not serve: the parts as a configuration composes them, for commands that ask what it would do. */
import type { Configuration } from '../config/settings.ts'
import { openOverloadGate } from '../http/overload.ts'
import { openLog } from '../outside/log.ts'
import { compose, type Composition } from './compose.ts'
import { openGround, openMeasurements } from './ground.ts'
import { keepTime, watchClocks } from './timekeeping.ts'

/** Opens the parts over the configured database; nothing is logged. Close it at the end. */
export async function openOffline(
  configuration: Configuration,
): Promise<{ readonly parts: Composition['parts']; readonly close: () => Promise<void> }> {
  const time = keepTime()
  const { clock } = time
  const log = openLog({ level: 'silent' })
  const overload = openOverloadGate({ places: configuration['overload.places'] })
  const metrics = openMeasurements(() => undefined, { clock, overload })
  const ground = await openGround(configuration, { clock, log, metrics, overload, stage: () => 'ready', processes: 1 })
  await watchClocks(time, ground)()
  return { parts: compose(configuration, ground).parts, close: () => ground.database.close() }
}
