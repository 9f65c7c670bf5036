/** Resolves with the count when it has stood still for a while: nothing tells that a socket stays full. */
export async function settled(count: () => number): Promise<number> {
  let last = -1
  for (let still = 0; still < 50; still += 1) {
    if (count() !== last) {
      still = 0
    }
    last = count()
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return last
}
