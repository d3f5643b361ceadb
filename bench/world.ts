/** Measures how long a world takes to open, a whole server in memory (R24: at most 50 ms): `bin/runtime bench/world.ts`. */
import { median } from './generator.ts'
import { world } from '../testing/world.ts'

const worlds = 100
await (await world()).close()
const took: number[] = []
for (let count = 0; count < worlds; count += 1) {
  const begun = performance.now()
  const one = await world()
  took.push(performance.now() - begun)
  await one.close()
}
console.log(`a world opens in ${median(took).toFixed(1)} ms, the median of ${worlds}`)
