/** Reads the body of a request piece by piece, also past the point where its content is of use. */
export interface BodyReader {
  chunks(): AsyncIterable<Uint8Array>
  /**
   * Throws away what is left, at most `maxBytes` of it. Many clients only look at the answer once they have sent
   * everything, so refusing early without this shows them a broken connection instead of the reason.
   */
  discard(maxBytes: number): Promise<void>
}

export function createBodyReader(request: Request): BodyReader {
  const reader = request.body?.getReader()
  return {
    async *chunks() {
      // Not `for await` over the body: leaving that early would close the connection.
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
        yield next.value
    },
    async discard(maxBytes) {
      let bytes = 0
      try {
        for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
          bytes += next.value.byteLength
          if (bytes > maxBytes) return await reader?.cancel()
        }
      } catch {
        // The client is gone, so nobody is left to be told.
      }
    },
  }
}
