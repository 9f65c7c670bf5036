import type { Branch } from './contract.ts'

/**
 * One of the branches by their shares, the likeliest where nothing chooses.
 *
 * @param random from 0 up to, but not including, 1.
 */
export function chooseBranch(branches: readonly Branch[], random: number | undefined): Branch {
  let left = (random ?? 1) * 100
  const byChance = branches.find(({ share }) => {
    const isChosen = left < share
    left -= share
    return isChosen
  })
  return byChance ?? branches.toSorted((one, other) => other.share - one.share)[0]!
}
