/**
 * Makes a loader that loads something when it is first asked for, and only once.
 *
 * @param load tried again for the next caller where it failed: in a flood of connections descriptors run out, and not even
 *   a module can be read (RL-24)
 */
export function loadedOnce<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined
  return () =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    }))
}
