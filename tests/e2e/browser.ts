import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser of this machine: `$CHROMIUM`, or what PATH has; undefined without one. */
function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = names.flatMap(name => folders.map(folder => join(folder, name)))
  return [process.env.CHROMIUM ?? '', ...found].find(isProgram)
}

/** Why tests with a browser cannot run here, with what to do about it. */
export const browserMissing =
  findBrowser() === undefined ? ["no Chromium: install it (Debian's package chromium), or name one with $CHROMIUM"] : []

/** Root has no sandbox of Chromium's: these tests open pages of this project alone. */
export function startBrowser(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath: findBrowser()!, args: isRoot ? ['--no-sandbox'] : [] })
}
