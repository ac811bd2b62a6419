/**
 * Reads HTTP/1.1 answers off a connection without keeping their bytes, so that the one who measures is not the one who
 * is measured: about 5 µs for a small answer.
 */
export class AnswerReader {
  status = 0;
  /** Bytes of bodies that were read so far, chunk frames not counted. */
  bodyBytes = 0;
  #head = '';
  #left = 0;
  #line = '';
  #state: 'head' | 'counted' | 'size' | 'chunk' | 'chunk end' | 'trailer' | 'until close' = 'head';

  /** Takes what arrived. True when an answer is complete with it; nobody sends two requests at once here. */
  take(bytes: Buffer, length: number): boolean {
    let at = 0;
    while (at < length) {
      switch (this.#state) {
        case 'head': {
          const before = this.#head.length;
          this.#head += bytes.toString('latin1', at, length);
          const end = this.#head.indexOf('\r\n\r\n');
          if (end === -1) return false;
          at += end + 4 - before;
          if (this.#begin(this.#head.slice(0, end))) return true;
          break;
        }
        case 'counted': {
          const taken = Math.min(this.#left, length - at);
          this.bodyBytes += taken;
          this.#left -= taken;
          at += taken;
          if (this.#left === 0) return this.#finish();
          break;
        }
        case 'chunk': {
          const taken = Math.min(this.#left, length - at);
          this.bodyBytes += taken;
          this.#left -= taken;
          at += taken;
          if (this.#left === 0) this.#state = 'chunk end';
          break;
        }
        case 'until close':
          this.bodyBytes += length - at;
          at = length;
          break;
        case 'chunk end':
        case 'size':
        case 'trailer': {
          const end = bytes.indexOf(10, at);
          const stop = end === -1 || end >= length ? length : end + 1;
          this.#line += bytes.toString('latin1', at, stop);
          at = stop;
          if (!this.#line.endsWith('\n')) return false;
          const line = this.#line.trim();
          this.#line = '';
          if (this.#state === 'chunk end') this.#state = 'size';
          else if (this.#state === 'trailer') {
            if (line === '') return this.#finish();
          } else {
            this.#left = Number.parseInt(line, 16);
            this.#state = this.#left === 0 ? 'trailer' : 'chunk';
          }
        }
      }
    }
    return false;
  }

  /** The connection has ended. True when that was the end of an answer. */
  close(): boolean {
    return this.#state === 'until close' && this.#finish();
  }

  #begin(head: string): boolean {
    this.#head = '';
    this.status = Number(head.slice(9, 12));
    const counted = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (counted !== undefined) {
      this.#left = Number(counted);
      this.#state = 'counted';
      return this.#left === 0 && this.#finish();
    }
    if (this.status === 204 || this.status === 304) return this.#finish();
    this.#state = /\r\ntransfer-encoding: *chunked/i.test(head) ? 'size' : 'until close';
    return false;
  }

  #finish(): true {
    this.#state = 'head';
    return true;
  }
}
