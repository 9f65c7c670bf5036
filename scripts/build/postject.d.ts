declare module 'postject' {
  /** Puts data into an executable, in its own format. */
  export function inject(
    file: string,
    name: string,
    data: Uint8Array,
    options?: { sentinelFuse?: string; machoSegmentName?: string; overwrite?: boolean }
  ): Promise<void>
}
